import type { AdapterPayload } from 'oidc-provider';
import type { Client } from '../clients/client-store.ts';

/**
 * A client as oidc-provider knows it. In place of the secret stands its hash, which the secret that a
 * request carries is hashed to be compared with.
 */
export function providerMetadata({ id, secretHash, metadata }: Client): AdapterPayload {
  const { app, ...rest } = metadata;
  return {
    ...rest,
    client_id: id,
    response_types: metadata.grant_types.includes('authorization_code') ? ['code'] : [],
    ...(app === null ? {} : { app }),
    ...(secretHash === null ? {} : { client_secret: Buffer.from(secretHash).toString('hex') }),
  };
}
