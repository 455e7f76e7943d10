import { problem } from '@flyloft/common';
import { PROVIDER_TIMEOUT_MILLISECONDS } from './provider.ts';

/**
 * Waits no longer for a provider than a person should, however many requests it takes (auth.md D26).
 * @throws {ProblemError} 502 after that.
 */
export function withinDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = () => reject(problem('provider_failed', 'The sign-in provider takes too long'));
    timer = setTimeout(fail, PROVIDER_TIMEOUT_MILLISECONDS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
