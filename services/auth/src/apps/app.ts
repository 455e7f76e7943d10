import { z } from 'zod';
import { plainText } from '../plain-text.ts';
import { isAdministrator, type User } from '../users/user.ts';

/** What somebody is in an application (auth.md A4). */
export const APP_ROLES = ['admin', 'user', 'no access'] as const;

export type AppRole = (typeof APP_ROLES)[number];

export const NO_ACCESS: AppRole = 'no access';

const address = z.url({ protocol: /^https?$/ }).max(500);

/** What an administrator says of an application. */
export const newAppSchema = z.strictObject({
  slug: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is lower-case letters, digits and "-"')
    .describe('Its name in addresses and commands'),
  name: plainText(200).describe('What people call it'),
  url: address.describe('Where people find it'),
  external: z
    .boolean()
    .default(false)
    .describe("True for others' software: people are asked before it learns who they are"),
  default_role: z.enum(APP_ROLES).default(NO_ACCESS).describe('What people are who were given no role there'),
});

/** What may be changed; what is left out stays. */
export const appChangeSchema = z.strictObject({
  name: newAppSchema.shape.name.optional(),
  url: newAppSchema.shape.url.optional(),
  external: z.boolean().optional(),
  default_role: z.enum(APP_ROLES).optional(),
});

export type NewApp = z.output<typeof newAppSchema>;
export type AppChange = z.output<typeof appChangeSchema>;

/** An application that people sign in to with their account here. */
export interface App {
  readonly slug: string;
  readonly name: string;
  readonly url: string;
  readonly external: boolean;
  readonly defaultRole: AppRole;
  readonly createdAt: Date;
}

/** Administrators of the platform are administrators everywhere; others are what they were made, or the default. */
export function roleIn(app: App, user: User, given: AppRole | undefined): AppRole {
  return isAdministrator(user) ? 'admin' : (given ?? app.defaultRole);
}
