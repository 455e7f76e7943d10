import { problem } from '@flyloft/common';
import { z } from 'zod';
import { loadModule, within } from '../extensions/load-module.ts';
import { personOf } from '../extensions/person.ts';
import type { User } from '../users/user.ts';
import type { Permissions } from './service-permissions.ts';
import type { AllowedService } from './services.ts';

/** Asks a module what a person may do at a service. */
export type PermissionModule = (service: string, user: User) => Promise<Permissions>;

const NAMES = ['getPermissions', 'get_permissions'] as const;
const LIMIT_MILLISECONDS = 2_000;

const answerSchema = z.record(z.string(), z.json());

/** @throws {ProblemError} 503 when the module fails, is late or answers no object: never an empty set. */
function asking(name: string, ask: (service: string, user: object) => unknown): PermissionModule {
  return async (service, user) => {
    try {
      const answer = await within(LIMIT_MILLISECONDS, () => ask(service, personOf(user)));
      return answerSchema.parse(answer);
    } catch (cause) {
      const headers = { 'Retry-After': '5' };
      throw problem('unavailable', `What people may do at "${service}" cannot be told now`, {
        headers,
        cause: new Error(`the module "${name}" gave no permissions`, { cause }),
      });
    }
  };
}

/**
 * The permission modules of `ALLOWED_SERVICES`, by service alias.
 * @throws {ConfigurationError} when one cannot be loaded or exports no `getPermissions`.
 */
export async function loadPermissionModules(
  services: readonly AllowedService[],
): Promise<ReadonlyMap<string, PermissionModule>> {
  const modules = new Map<string, PermissionModule>();
  for (const { alias, module } of services) {
    if (module === undefined) continue;
    const functions = await loadModule(module, 'ALLOWED_SERVICES', NAMES);
    const ask = functions.getPermissions ?? functions.get_permissions;
    if (ask !== undefined) modules.set(alias, asking(module, ask));
  }
  return modules;
}
