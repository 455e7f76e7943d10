import { SERVICE_ALIASES } from '@flyloft/common';
import { isAdministrator, type User } from '../users/user.ts';
import type { PermissionModule } from './permission-modules.ts';

export type Permissions = Readonly<Record<string, unknown>>;

export interface PermissionStore {
  /** The rows of everyone (`*`) and of one person at a service. */
  readonly find: (userid: string, service: string) => Promise<{ everyone: Permissions; own: Permissions }>;
}

/** Moderators keep order in the comments that the conductor serves. */
function moderatorsAt(service: string): Permissions {
  return service === SERVICE_ALIASES.datastore ? { moderate: true } : {};
}

function administratorsAt(service: string): Permissions {
  return service === SERVICE_ALIASES.dataSets
    ? { admin: true, write: true, 'read-unpublished': true }
    : { admin: true };
}

export interface PermissionSources {
  readonly permissions: PermissionStore;
  /** By service alias; a module alone decides for its service. */
  readonly permissionModules: ReadonlyMap<string, PermissionModule>;
}

/**
 * What a person may do at a service: what its module answers or, where there is none, everyone's row, the
 * own one over it, then what the role brings (auth.md A3).
 * @throws {ProblemError} 503 when the module does not answer.
 */
export async function permissionsOf(
  user: User,
  service: string,
  { permissions: store, permissionModules }: PermissionSources,
): Promise<Permissions> {
  const askModule = permissionModules.get(service);
  if (askModule !== undefined) return askModule(service, user);
  const { everyone, own } = await store.find(user.idhash, service);
  return {
    ...everyone,
    ...own,
    ...(user.permissions.has('comment:moderate:any') ? moderatorsAt(service) : {}),
    ...(isAdministrator(user) ? administratorsAt(service) : {}),
  };
}
