import { problem, type ServiceTokenClaims } from '@flyloft/common';
import type { FoundCube, Registry } from '@flyloft/registry';
import { CubeFileGoneError } from './cube-files.ts';
import { visibleCube } from './visible.ts';

const ATTEMPTS = 3;

/**
 * Finds a cube that the caller may see and works with it. When its files went away in between, because it
 * was loaded again or deleted, the registry is asked once more: the caller gets the new load, or its 404.
 * @throws {ProblemError} 404; 503 when the registry names files that are not there.
 */
export async function withCube<T>(
  registry: Pick<Registry, 'findCube'>,
  id: string,
  claims: ServiceTokenClaims | undefined,
  work: (found: FoundCube) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const found = await visibleCube(registry, id, claims);
    try {
      return await work(found);
    } catch (error) {
      if (!(error instanceof CubeFileGoneError)) throw error;
      if (attempt < ATTEMPTS) continue;
      const headers = { 'Retry-After': '5' };
      throw problem('unavailable', 'The data of this cube cannot be read now.', { cause: error, headers });
    }
  }
}
