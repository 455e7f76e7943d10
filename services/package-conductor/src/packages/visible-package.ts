import { problem } from '@flyloft/common';
import type { RegisteredPackage, Registry } from '@flyloft/registry';
import { mayActFor, type Person } from '../http/credentials.ts';

/** Moderators look at what is hidden, and at nothing that is private. */
function isShown(registered: RegisteredPackage, person: Person | undefined): boolean {
  if (mayActFor(person, registered.owner)) return true;
  return !registered.private && (!registered.hidden || person?.isModerator === true);
}

/** @throws {ProblemError} 404, for a stranger's private package the same as for an unknown one. */
export async function visiblePackage(
  registry: Pick<Registry, 'findPackage'>,
  id: string,
  person: Person | undefined,
): Promise<RegisteredPackage> {
  const registered = await registry.findPackage(id);
  if (registered === undefined || !isShown(registered, person)) throw problem('not_found');
  return registered;
}

/** The same for what only its owner may see. @throws {ProblemError} 404 */
export async function ownPackage(
  registry: Pick<Registry, 'findPackage'>,
  id: string,
  person: Person | undefined,
): Promise<RegisteredPackage> {
  const registered = await visiblePackage(registry, id, person);
  if (!mayActFor(person, registered.owner)) throw problem('not_found');
  return registered;
}
