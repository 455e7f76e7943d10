import { problem, type ServiceTokenClaims } from '@flyloft/common';
import type { FoundCube, RegisteredPackage, Registry } from '@flyloft/registry';

function maySee(registered: RegisteredPackage, claims: ServiceTokenClaims | undefined): boolean {
  return (!registered.private && !registered.hidden) || registered.owner === claims?.userid;
}

/** One and the same answer for what is not there and what is not shown: no id, no reason. */
function hidden(): never {
  throw problem('not_found');
}

/** @throws {ProblemError} 404, for a stranger's private cube the same as for an unknown one. */
export async function visibleCube(
  registry: Pick<Registry, 'findCube'>,
  id: string,
  claims: ServiceTokenClaims | undefined,
): Promise<FoundCube> {
  const found = await registry.findCube(id);
  return found !== undefined && maySee(found.package, claims) ? found : hidden();
}

/** @throws {ProblemError} 404, as for cubes. */
export async function visiblePackage(
  registry: Pick<Registry, 'findPackage'>,
  id: string,
  claims: ServiceTokenClaims | undefined,
): Promise<RegisteredPackage> {
  const found = await registry.findPackage(id);
  return found !== undefined && maySee(found, claims) ? found : hidden();
}
