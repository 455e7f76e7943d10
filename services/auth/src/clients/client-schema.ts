import { z } from 'zod';
import { plainText } from '../plain-text.ts';
import { redirectFault } from './redirect-uri.ts';

const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** The ways to get tokens that there are here (auth.md D14). */
const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials', DEVICE_CODE_GRANT] as const;

const AUTHENTICATION_METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const;

const MOST_ADDRESSES = 50;
const address = z.url({ protocol: /^https?$/ }).max(500);
const addresses = z.array(z.string().max(2_000)).max(MOST_ADDRESSES);

const fields = z.strictObject({
  client_name: plainText(200).describe('What people are asked about'),
  app: z
    .string()
    .max(63)
    .nullable()
    .default(null)
    .describe('Slug of the application it belongs to; without one everybody may use it, after being asked'),
  redirect_uris: addresses.default([]).describe('Compared letter by letter'),
  post_logout_redirect_uris: addresses.default([]),
  grant_types: z.array(z.enum(GRANT_TYPES)).min(1).default(['authorization_code', 'refresh_token']),
  response_types: z
    .array(z.literal('code'))
    .optional()
    .describe('Follows from grant_types; nothing but code is there'),
  token_endpoint_auth_method: z
    .enum(AUTHENTICATION_METHODS)
    .default('client_secret_basic')
    .describe('`none`: a program that can keep no secret'),
  application_type: z
    .enum(['web', 'native'])
    .default('web')
    .describe('`native`: redirect URIs on loopback addresses match on any port'),
  scope: z
    .string()
    .max(1_000)
    .regex(/^[!#-[\]-~]+( [!#-[\]-~]+)*$/, 'is scopes with single spaces between them')
    .optional()
    .describe('The most that it may ask for; default: everything'),
  client_uri: address.optional(),
  logo_uri: address.optional(),
  policy_uri: address.optional(),
  tos_uri: address.optional(),
  contacts: z.array(z.string().min(1).max(254)).max(20).optional(),
  require_pushed_authorization_requests: z.boolean().default(false),
});

type Fields = z.output<typeof fields>;

/** What is wrong with the fields together: by field. */
function faultsOf(client: Fields): { field: keyof Fields; message: string; index?: number }[] {
  const isPublic = client.token_endpoint_auth_method === 'none';
  const hasCode = client.grant_types.includes('authorization_code');
  const uris = (['redirect_uris', 'post_logout_redirect_uris'] as const).flatMap((field) =>
    client[field].flatMap((uri, index) => {
      const message = redirectFault(uri, client.application_type);
      return message === undefined ? [] : [{ field, message, index }];
    }),
  );
  return [
    ...uris,
    ...(hasCode && client.redirect_uris.length === 0
      ? [{ field: 'redirect_uris' as const, message: 'authorization_code needs at least one' }]
      : []),
    ...(isPublic && client.grant_types.includes('client_credentials')
      ? [{ field: 'grant_types' as const, message: 'client_credentials needs a client with a secret' }]
      : []),
  ];
}

const checked = <T extends z.ZodType<Fields>>(schema: T) =>
  schema.superRefine((client, context) => {
    for (const { field, message, index } of faultsOf(client)) {
      context.addIssue({ code: 'custom', path: index === undefined ? [field] : [field, index], message });
    }
  });

/** The metadata of a client, in the names of RFC 7591. */
export const clientMetadataSchema = checked(fields);

export type ClientMetadata = z.output<typeof clientMetadataSchema>;

/** A client to be registered. */
export const newClientSchema = checked(
  fields.extend({
    client_id: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'is letters, digits, ".", "_" and "-"')
      .optional()
      .describe('Made at random when absent'),
  }),
);

export type NewClient = z.output<typeof newClientSchema>;
