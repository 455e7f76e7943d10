import { ProblemError, problem } from '@flyloft/common';
import type { z } from 'zod';
import { readBounded } from '../read-bounded.ts';
import { FinishedChallenge } from './hydra.ts';
import { onwardSchema } from './requests.ts';

export interface AdminRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const failed = (cause: unknown) =>
  problem('provider_failed', 'The sign-in of this application cannot go on now. Try again in a moment.', {
    cause,
  });

async function fetchText(
  adminUrl: string,
  { method, path, query, body }: AdminRequest,
  timeoutMilliseconds: number,
): Promise<{ status: number; text: string }> {
  const address = `${adminUrl.replace(/\/+$/, '')}${path}?${new URLSearchParams({ ...query })}`;
  const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const answer = await fetch(address, {
    method,
    headers: { Accept: 'application/json', ...json },
    body: body === undefined ? null : JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
  return { status: answer.status, text: await readBounded(answer) };
}

/** What Hydra says when it does not do what it was asked (L2–L5). */
function refused(status: number, text: string): Error {
  if (status === 404) return problem('not_found', 'There is no such request. Go back to the application.');
  if (status === 401) {
    return problem('sign_in_expired', 'It took too long. Go back to the application and begin again.');
  }
  if (status === 410) return new FinishedChallenge(onwardSchema.parse(JSON.parse(text)).redirect_to);
  return new Error(`Hydra answered ${status}`);
}

/** Sends a request to Hydra's admin side; neither the challenge nor the answer is in any error or log. */
export function createAdminRequests(adminUrl: string, timeoutMilliseconds: number) {
  return async <S extends z.ZodType>(request: AdminRequest, schema: S): Promise<z.output<S>> => {
    let status: number;
    let text: string;
    try {
      ({ status, text } = await fetchText(adminUrl, request, timeoutMilliseconds));
    } catch (cause) {
      throw failed(cause);
    }
    try {
      if (status < 200 || status > 299) throw refused(status, text);
      const parsed = schema.safeParse(text === '' ? undefined : JSON.parse(text));
      if (parsed.success) return parsed.data;
      throw new Error(
        `Hydra's answer has no ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
      );
    } catch (error) {
      if (error instanceof FinishedChallenge || error instanceof ProblemError) throw error;
      throw failed(error instanceof SyntaxError ? new Error('Hydra did not answer in JSON') : error);
    }
  };
}
