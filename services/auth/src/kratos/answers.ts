import { z } from 'zod';

const id = z.string().min(1).max(200);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
// RFC 3339 with nanoseconds, as Go writes it
const moment = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

const verifiableAddress = z.object({
  value: z.string(),
  verified: z.boolean().catch(false),
  via: z.string().catch('email'),
});

/** Somebody, as Kratos knows them. The traits are as the operator's schema has them. */
export const identitySchema = z.object({
  id,
  state: z
    .string()
    .nullish()
    .transform((value) => value ?? 'active'),
  traits: z
    .record(z.string(), z.unknown())
    .nullish()
    .catch({})
    .transform((value) => value ?? {}),
  verifiable_addresses: z
    .array(verifiableAddress)
    .nullish()
    .catch([])
    .transform((value) => value ?? []),
});

export const sessionSchema = z.object({
  id,
  active: z.boolean().catch(false),
  expires_at: moment.nullish().transform((value) => value ?? undefined),
  authenticated_at: moment,
  authenticator_assurance_level: text,
  identity: identitySchema,
});

/** Of a list of sessions. */
export const listedSessionSchema = z.object({ id, active: z.boolean().catch(false) });

export const recoveryLinkSchema = z.object({
  recovery_link: z.url({ protocol: /^https?$/ }),
  recovery_code: z.string().max(100).optional(),
  expires_at: moment.nullish().transform((value) => value ?? undefined),
});

export const logoutSchema = z.object({ logout_url: z.url({ protocol: /^https?$/ }) });

/** What Kratos says when it does not do what it was asked. */
export const refusalSchema = z.object({
  error: z
    .object({ id: text, message: text, reason: text, details: z.record(z.string(), z.unknown()).catch({}) })
    .partial({ id: true, details: true }),
  redirect_browser_to: z.string().optional().catch(undefined),
  use_flow_id: z.string().optional().catch(undefined),
});

export type KratosIdentity = z.output<typeof identitySchema>;
export type KratosSession = z.output<typeof sessionSchema>;
export type KratosRefusal = z.output<typeof refusalSchema>;
