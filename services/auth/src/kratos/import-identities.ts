import { ProblemError } from '@flyloft/common';
import type { SignInStore } from '../sign-in/sign-in-store.ts';
import type { Kratos } from './kratos.ts';
import type { KratosStore } from './kratos-store.ts';
import { KRATOS, profileOf } from './profile.ts';

interface Parts {
  readonly kratos: Pick<Kratos, 'identities'>;
  readonly store: Pick<KratosStore, 'unknownOf'>;
  readonly signIns: Pick<SignInStore, 'enter'>;
  readonly now: () => Date;
}

/** How old a list of people may be. */
const FRESH_MILLISECONDS = 5_000;
/** Of a hundred people each: a list that never ends is none. */
const MOST_PAGES = 10_000;
const REQUEST_ID = 'kratos-import';

async function importAll({ kratos, store, signIns }: Parts): Promise<void> {
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { identities, next } = await kratos.identities(token);
    const unknown = await store.unknownOf(identities.map(({ id }) => id));
    for (const identity of identities) {
      if (unknown.has(identity.id))
        await signIns.enter(KRATOS, profileOf(identity), true, { requestId: REQUEST_ID });
    }
    if (next === undefined || next === token) return;
    token = next;
  }
}

/**
 * Makes a person of everybody whom Kratos keeps and nobody here has met yet, so that administrators find them
 * before they first sign in. All who ask at once wait for one import. While Kratos is away nobody new comes in.
 */
export function createImport(parts: Parts): () => Promise<void> {
  let doneAt = 0;
  let running: Promise<void> | undefined;
  const run = async () => {
    try {
      await importAll(parts);
      doneAt = parts.now().getTime();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
    } finally {
      running = undefined;
    }
  };
  return () => {
    if (running === undefined && Math.abs(parts.now().getTime() - doneAt) < FRESH_MILLISECONDS)
      return Promise.resolve();
    running ??= run();
    return running;
  };
}
