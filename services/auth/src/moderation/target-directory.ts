import type { TargetKind } from '@flyloft/common';
import { z } from 'zod';
import type { UserStore } from '../users/user-store.ts';

/** Tells what can be reported. */
export interface TargetDirectory {
  /** The one spelling of its id; undefined when there is nothing of this kind for everybody to see. */
  readonly find: (kind: TargetKind, id: string) => Promise<string | undefined>;
}

export interface TargetPlaces {
  readonly users: Pick<UserStore, 'find' | 'findByIdhash'>;
  /** Where the conductor answers; undefined: packages and comments are not looked up. */
  readonly packagesUrl?: string | undefined;
  /** Where read-api answers; undefined: data sets are not looked up. */
  readonly dataSetsUrl?: string | undefined;
}

const TIMEOUT_MILLISECONDS = 2_000;
const DATA_SET_NAME = /^[a-z][a-z0-9_]+$/;
const IDHASH = /^[0-9a-f]{32}$/;

const isUuid = (text: string) => z.uuid().safeParse(text).success;

/**
 * Asks as a stranger whether there is something at an address. A service that is away must not keep
 * people from reporting: then it counts as there.
 */
async function isThere(base: string | undefined, path: string): Promise<boolean> {
  if (base === undefined) return true;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    const answer = await fetch(new URL(path, base), { redirect: 'error', signal });
    await answer.body?.cancel();
    return answer.status !== 404;
  } catch {
    return true;
  }
}

/** Looks people up here, and everything else at the service that owns it. */
export function createTargetDirectory({ users, packagesUrl, dataSetsUrl }: TargetPlaces): TargetDirectory {
  const found = async (id: string, base: string | undefined, path: string) =>
    (await isThere(base, path)) ? id : undefined;
  return {
    find: async (kind, id) => {
      switch (kind) {
        case 'user': {
          if (IDHASH.test(id)) return (await users.findByIdhash(id))?.id;
          return isUuid(id) ? (await users.find(id))?.id : undefined;
        }
        case 'comment':
          return isUuid(id)
            ? found(id.toLowerCase(), packagesUrl, `/packages/comments/${id.toLowerCase()}`)
            : undefined;
        case 'package':
          return id.includes(':') ? found(id, packagesUrl, `/packages/${encodeURIComponent(id)}`) : undefined;
        case 'data-set':
          return DATA_SET_NAME.test(id) ? found(id, dataSetsUrl, `/${id}?limit=1`) : undefined;
      }
    },
  };
}
