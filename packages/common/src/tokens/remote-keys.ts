import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { problem } from '../problem.ts';

export interface RemoteKeysOptions {
  readonly jwksUrl: URL;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

const MAX_AGE_MILLISECONDS = 600_000;
// An unknown kid asks auth for new keys, but a flood of forged ones must not become a flood at auth.
const COOLDOWN_MILLISECONDS = 30_000;
const FETCH_TIMEOUT_MILLISECONDS = 5_000;

async function fetchKeySet(url: URL): Promise<JWTVerifyGetKey> {
  const answer = await fetch(url, {
    redirect: 'error',
    headers: { Accept: 'application/json' },
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MILLISECONDS),
  });
  if (!answer.ok) throw new Error(`${url.href} answered ${answer.status}`);
  // createLocalJWKSet checks the shape and throws when this is no key set
  return createLocalJWKSet((await answer.json()) as JSONWebKeySet);
}

/**
 * Auth's key set by HTTP. Unlike jose's own remote set it goes on with the keys it has while auth
 * cannot be reached (auth.md D24): only a verifier that never saw a key answers 503.
 */
export function createRemoteKeys({ jwksUrl, clock }: RemoteKeysOptions): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | undefined;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  const fetchOnce = (): Promise<void> => {
    running ??= fetchKeySet(jwksUrl)
      .then((fetched) => {
        keys = fetched;
        fetchedAt = clock();
      })
      .finally(() => {
        attemptedAt = clock();
        running = undefined;
      });
    return running;
  };
  const refresh = async (): Promise<boolean> => {
    if (running === undefined && clock() - attemptedAt < COOLDOWN_MILLISECONDS) return false;
    return fetchOnce().then(
      () => true,
      () => false,
    );
  };

  return async (header, token) => {
    if (keys === undefined) {
      await fetchOnce().catch((cause: unknown) => {
        throw problem('unavailable', 'The keys of the auth service cannot be fetched', {
          headers: { 'Retry-After': '5' },
          cause,
        });
      });
    } else if (clock() - fetchedAt > MAX_AGE_MILLISECONDS) {
      await refresh();
    }
    const find = keys;
    if (find === undefined) throw new errors.JWKSNoMatchingKey();
    try {
      return await find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await refresh())) throw error;
      return (keys ?? find)(header, token);
    }
  };
}
