import { z } from 'zod';
import { newClientSchema } from '../../clients/client-schema.ts';
import type { Client } from '../../clients/client-store.ts';
import type { RegisteredClient } from '../../clients/register-client.ts';

/** A client in the names of RFC 7591 section 3.2.1. */
export const clientSchema = z.looseObject({
  ...newClientSchema.shape,
  client_id: z.string(),
  client_id_issued_at: z.int().describe('Seconds since 1970'),
  response_types: z.array(z.literal('code')),
});

export const registeredClientSchema = z.looseObject({
  ...clientSchema.shape,
  client_secret: z.string().optional().describe('Shown this once; none for a public client'),
  client_secret_expires_at: z.literal(0).optional().describe('Never'),
});

export function clientAnswer({ id, metadata, createdAt }: Client): z.output<typeof clientSchema> {
  return {
    ...metadata,
    client_id: id,
    client_id_issued_at: Math.floor(createdAt.getTime() / 1000),
    response_types: metadata.grant_types.includes('authorization_code') ? ['code'] : [],
  };
}

export function registeredClientAnswer({
  client,
  secret,
}: RegisteredClient): z.output<typeof registeredClientSchema> {
  const shown = secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 as const };
  return { ...clientAnswer(client), ...shown };
}
