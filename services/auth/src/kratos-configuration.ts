import { z } from 'zod';
import { bothOrNone } from './both-or-none.ts';
import { bareOrigin, listOf, parsed } from './parsed.ts';

const address = z.url({ protocol: /^https?$/ }).optional();
// RFC 6265: what the name of a cookie may be
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** Ory Kratos, when it keeps the people and how they sign in (docs/kratos.md). */
export const kratosVariables = {
  KRATOS_PUBLIC_URL: address.describe(
    'Where browsers, and auth itself, reach Ory Kratos (serve.public.base_url there); with KRATOS_ADMIN_URL people sign in by it',
  ),
  KRATOS_ADMIN_URL: address.describe('Admin API of Ory Kratos, which no browser may reach'),
  KRATOS_SESSION_COOKIE: z
    .string()
    .regex(COOKIE_NAME, 'must be the name of a cookie')
    .default('ory_kratos_session')
    .describe('Name of its session cookie (session.cookie.name there)'),
  KRATOS_SCHEMA_ID: z
    .string()
    .min(1)
    .default('default')
    .describe('Identity schema of people whom administrators make (identity.default_schema_id there)'),
  KRATOS_PROVIDER_ORIGINS: parsed((text): readonly string[] => listOf(text).map(bareOrigin))
    .default([])
    .describe('Origins that its social sign-in leads to, separated by ";": its forms may lead there'),
};

/** Each of the two needs the other. */
export const refuseHalfKratos = bothOrNone('KRATOS_ADMIN_URL', 'KRATOS_PUBLIC_URL', 'Kratos');

/** Of `auth user create`, `list` and `recover`: the same as the service has. */
export const kratosAddresses = z.object(kratosVariables).superRefine(refuseHalfKratos);

export type KratosConfiguration = z.output<typeof kratosAddresses>;
