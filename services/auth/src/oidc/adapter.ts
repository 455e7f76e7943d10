import { createHash } from 'node:crypto';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { ClientStore } from '../clients/client-store.ts';
import type { SecretBox } from '../keys/secret-box.ts';
import { providerMetadata } from './client-metadata.ts';
import type { NewOidcRecord, OidcRecord, OidcRecords } from './record-store.ts';

/** How long a device has to wait between two questions (RFC 8628 section 3.2). */
const POLL_MILLISECONDS = 5_000;

const GRANTED = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode']);

function hash(kind: string, id: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(`${kind}:${id}`).digest());
}

/** What is kept of a grant's id. */
export const hashOfGrant = (grantId: string) => hash('Grant', grantId);

/** The `sid` of access tokens in JWT form, by which the revocation feed names their grant. */
export function sidOfGrant(grantId: string): string {
  return `grant:${Buffer.from(hashOfGrant(grantId)).toString('hex')}`;
}

/** A model of oidc-provider as a row. */
export function recordOf(
  kind: string,
  id: string,
  payload: AdapterPayload,
  expiresIn: number,
  box: SecretBox,
): NewOidcRecord {
  const { grantId, uid, userCode, accountId, clientId } = payload;
  return {
    ...{ idHash: hash(kind, id), kind },
    grantHash: grantId !== undefined && GRANTED.has(kind) ? hashOfGrant(grantId) : null,
    uidHash: uid === undefined ? null : hash('uid', uid),
    userCodeHash: userCode === undefined ? null : hash('user code', userCode),
    ...{ userId: accountId ?? null, clientId: clientId ?? null },
    sealedPayload: box.seal(Buffer.from(JSON.stringify(payload)), kind),
    expiresAt: new Date(Date.now() + expiresIn * 1000),
  };
}

/** Where oidc-provider keeps what it has to remember; clients are read from where they are registered. */
export function createAdapter(kind: string, deps: AdapterDependencies): Adapter {
  return kind === 'Client' ? clientAdapter(deps.clients) : recordAdapter(kind, deps);
}

export interface AdapterDependencies {
  readonly records: OidcRecords;
  readonly clients: Pick<ClientStore, 'find'>;
  readonly box: SecretBox;
}

function recordAdapter(kind: string, { records, box }: AdapterDependencies): Adapter {
  const open = (record: OidcRecord | undefined): AdapterPayload | undefined => {
    if (record === undefined) return undefined;
    const plain = Buffer.from(box.open(record.sealedPayload, kind)).toString();
    // sealed by this file alone
    const payload = JSON.parse(plain) as AdapterPayload;
    if (record.consumedAt === null) return payload;
    return { ...payload, consumed: Math.floor(record.consumedAt.getTime() / 1000) };
  };
  const refuseHaste = async (id: string) => {
    const now = new Date();
    const before = await records.poll(hash(kind, id), now);
    if (before !== null && now.getTime() - before.getTime() < POLL_MILLISECONDS) {
      throw new errors.SlowDown('ask again in 5 seconds');
    }
  };
  return {
    upsert: async (id, payload, expiresIn) => {
      const kept = await records.put(recordOf(kind, id, payload, expiresIn ?? 0, box));
      if (!kept) throw new errors.InvalidGrant('the grant has been revoked');
    },
    find: async (id) => {
      // A device code is looked up by its id by nobody but the device.
      if (kind === 'DeviceCode') await refuseHaste(id);
      return open(await records.find(hash(kind, id)));
    },
    findByUid: async (uid) => open(await records.findByUid(hash('uid', uid))),
    findByUserCode: async (code) => open(await records.findByUserCode(hash('user code', code))),
    consume: async (id) => {
      if (await records.consume(hash(kind, id))) return;
      throw new errors.InvalidGrant('already used');
    },
    destroy: (id) =>
      kind === 'Grant' ? records.revokeGrant(hash(kind, id)) : records.destroy(hash(kind, id)),
    revokeByGrantId: (grantId) => records.revokeGrant(hashOfGrant(grantId)),
  };
}

function clientAdapter(clients: Pick<ClientStore, 'find'>): Adapter {
  const never = async () => undefined;
  const refuse = async () => {
    throw new Error('Clients are registered by administrators alone');
  };
  return {
    find: async (id) => {
      const client = await clients.find(id);
      return client && providerMetadata(client);
    },
    ...{ findByUid: never, findByUserCode: never },
    ...{ upsert: refuse, consume: refuse, destroy: refuse, revokeByGrantId: refuse },
  };
}
