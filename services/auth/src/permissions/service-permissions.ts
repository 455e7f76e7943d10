import { SERVICE_ALIASES } from '@flyloft/common';
import { isAdministrator, type User } from '../users/user.ts';

export type Permissions = Readonly<Record<string, unknown>>;

export interface PermissionStore {
  /** The rows of everyone (`*`) and of one person at a service. */
  readonly find: (userid: string, service: string) => Promise<{ everyone: Permissions; own: Permissions }>;
}

function administratorsAt(service: string): Permissions {
  return service === SERVICE_ALIASES.dataSets
    ? { admin: true, write: true, 'read-unpublished': true }
    : { admin: true };
}

/** What a person may do at a service: everyone's row, the own one over it, then what the role brings (A3). */
export async function permissionsOf(
  user: User,
  service: string,
  store: PermissionStore,
): Promise<Permissions> {
  const { everyone, own } = await store.find(user.idhash, service);
  return { ...everyone, ...own, ...(isAdministrator(user) ? administratorsAt(service) : {}) };
}
