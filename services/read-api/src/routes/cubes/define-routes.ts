import { authenticate } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import { renderBabbageError } from '../../http/babbage-errors.ts';
import type { CubeDependencies } from './cube-dependencies.ts';

type CubeEndpoint = Omit<Endpoint, 'method' | 'tag' | 'errors' | 'secured'>;

/**
 * A GET of the cube API, with and without the slash at its end: the original redirected, both answer
 * here. A token is honoured in `Authorization` or `jwt`, and needed only for what is private.
 */
export function cubeRoutes(
  { verifier }: Pick<CubeDependencies, 'verifier'>,
  endpoint: CubeEndpoint,
): Endpoint[] {
  const who = authenticate({ verifier, places: ['authorization', 'jwt'], optional: true });
  return [`${endpoint.path}/`, endpoint.path].map((path) => ({
    ...endpoint,
    path,
    method: 'get',
    tag: 'cubes',
    secured: true,
    errors: renderBabbageError,
    handlers: [who, ...endpoint.handlers],
  }));
}
