import { setTimeout as delay } from 'node:timers/promises';
import { ExpectedError } from '../platform/expected-error.ts';
import type { PlatformClient } from '../platform/platform-client.ts';
import type { LoadAnswer } from './load-answer.ts';

const POLL_MILLISECONDS = 100;
/** How long the platform may be away, for a restart, before the load is not followed any more. */
const PATIENCE_MILLISECONDS = 30_000;

const ENDED = new Set(['done', 'fail', 'cancelled']);

/** A token for packages, and whose it is. */
export interface PackageAccess {
  readonly client: PlatformClient;
  /** Always one that is valid for a while. */
  readonly token: () => Promise<string>;
  readonly userid: string;
}

const TOKEN_LIFE_MILLISECONDS = 30 * 60_000;

/** Gets tokens for packages, and new ones while a long piece of work goes on. */
export async function openPackageAccess(client: PlatformClient): Promise<PackageAccess> {
  let access = await client.authorize('os.datastore');
  let since = Date.now();
  return {
    client,
    userid: access.userid,
    token: async () => {
      if (Date.now() - since > TOKEN_LIFE_MILLISECONDS) {
        access = await client.authorize('os.datastore');
        since = Date.now();
      }
      return access.token;
    },
  };
}

export interface LoadWish {
  /** The address of a descriptor, uploaded or elsewhere. */
  readonly datapackage: string;
  readonly force: boolean;
}

/**
 * Asks for a load; answers its id.
 * @throws {ExpectedError} when it is refused.
 */
export async function requestLoad(access: PackageAccess, { datapackage, force }: LoadWish): Promise<string> {
  const parameters = new URLSearchParams({ datapackage, jwt: await access.token() });
  if (force) parameters.set('force', 'true');
  // the contract of /package/upload, with part A's key `load`
  const answer = JSON.parse(
    await access.client.call(`/package/upload?${parameters}`, { method: 'POST' }),
  ) as { readonly status: string; readonly error?: string; readonly load?: string };
  if (answer.load === undefined) {
    throw new ExpectedError(`The load was not queued: ${answer.error ?? answer.status}`);
  }
  return answer.load;
}

/** Follows a load to its end, telling every change. */
export async function followLoad(
  { client, token }: PackageAccess,
  id: string,
  onChange: (load: LoadAnswer) => void,
): Promise<LoadAnswer> {
  let answeredAt = Date.now();
  for (;;) {
    try {
      const headers = { Authorization: `Bearer ${await token()}` };
      // the load body of packages.md A6
      const load = JSON.parse(await client.call(`/loads/${id}`, { headers })) as LoadAnswer;
      answeredAt = Date.now();
      onChange(load);
      if (ENDED.has(load.status)) return load;
    } catch (error) {
      if (Date.now() - answeredAt > PATIENCE_MILLISECONDS) throw error;
    }
    await delay(POLL_MILLISECONDS);
  }
}
