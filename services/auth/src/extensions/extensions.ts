import type { AppOptions } from '@flyloft/service-kit';
import { z } from 'zod';
import { loadModule, type ModuleFunctions, within } from './load-module.ts';
import type { Person } from './person.ts';

/** The values of the column `event`. */
export type ExtensionEvent = 'new-user' | 'user-login' | 'user-logout' | 'user-deleted';

/** The modules of `INSTALLED_EXTENSIONS`. */
export interface Extensions {
  /** Tells every extension; rejects when one of them failed, so that it is told again. */
  readonly tell: (event: ExtensionEvent, person: Person) => Promise<void>;
  /** Claims that extensions add to a token; one that fails adds none and is logged. */
  readonly claimsFor: (person: Person, service: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly count: number;
}

const HOOKS: Readonly<Record<ExtensionEvent, readonly [string, string]>> = {
  'new-user': ['onNewUser', 'on_new_user'],
  'user-login': ['onUserLogin', 'on_user_login'],
  'user-logout': ['onUserLogout', 'on_user_logout'],
  'user-deleted': ['onUserDeleted', 'on_user_deleted'],
};
const BEFORE_ISSUE = ['beforeIssue', 'before_issue'] as const;
const NAMES = [...Object.values(HOOKS).flat(), ...BEFORE_ISSUE];

const HOOK_MILLISECONDS = 10_000;
const CLAIMS_MILLISECONDS = 2_000;
const MOST_CLAIM_CHARACTERS = 2_000;

/** Claims of an extension are named like `https://example.org/team`: nothing of the platform's is. */
const claimsSchema = z
  .record(z.string().regex(/^https?:\/\/[^\s]+$/, 'must be named by an address'), z.json())
  .refine((claims) => JSON.stringify(claims).length <= MOST_CLAIM_CHARACTERS, 'are too long');

interface Extension {
  readonly name: string;
  readonly functions: ModuleFunctions;
}

function hookOf({ functions }: Extension, names: readonly string[]) {
  return names.map((name) => functions[name]).find((found) => found !== undefined);
}

/** @throws {ConfigurationError} when a module cannot be loaded or has none of the hooks. */
export async function loadExtensions(
  names: readonly string[],
  logger: AppOptions['logger'],
): Promise<Extensions> {
  const extensions: Extension[] = [];
  for (const name of names) {
    extensions.push({ name, functions: await loadModule(name, 'INSTALLED_EXTENSIONS', NAMES) });
  }
  return {
    count: extensions.length,
    tell: async (event, person) => {
      const copy = Object.freeze({ ...person });
      const outcomes = await Promise.allSettled(
        extensions.map((extension) =>
          within(HOOK_MILLISECONDS, () => hookOf(extension, HOOKS[event])?.(copy)),
        ),
      );
      const failed = outcomes.flatMap((outcome, index) =>
        outcome.status === 'rejected' ? [{ name: extensions[index]?.name, reason: outcome.reason }] : [],
      );
      if (failed.length === 0) return;
      throw new AggregateError(
        failed.map(({ reason }) => reason),
        `extensions failed at ${event}: ${failed.map(({ name }) => name).join(', ')}`,
      );
    },
    claimsFor: async (person, service) => {
      const claims: Record<string, unknown> = {};
      for (const extension of extensions) {
        const hook = hookOf(extension, BEFORE_ISSUE);
        if (hook === undefined) continue;
        try {
          const added = await within(CLAIMS_MILLISECONDS, () => hook(person, service));
          Object.assign(claims, claimsSchema.parse(added ?? {}));
        } catch (err) {
          logger.warn({ err, extension: extension.name }, 'an extension added no claims');
        }
      }
      return claims;
    },
  };
}
