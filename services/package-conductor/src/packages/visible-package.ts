import { problem } from '@flyloft/common';
import type { RegisteredPackage, Registry } from '@flyloft/registry';
import { mayActFor, type Person } from '../http/credentials.ts';

/** @throws {ProblemError} 404, for a stranger's private package the same as for an unknown one. */
export async function visiblePackage(
  registry: Pick<Registry, 'findPackage'>,
  id: string,
  person: Person | undefined,
): Promise<RegisteredPackage> {
  const registered = await registry.findPackage(id);
  const isShown = registered !== undefined && (!registered.private || mayActFor(person, registered.owner));
  if (!isShown) throw problem('not_found');
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
