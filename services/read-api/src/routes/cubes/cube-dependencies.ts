import type { TokenVerifier } from '@flyloft/common';
import type { Registry } from '@flyloft/registry';
import type { AnswerCache } from '../../cubes/answer-cache.ts';
import type { CubeFiles } from '../../cubes/cube-files.ts';
import type { QueryEngine } from '../../cubes/query-engine.ts';

export interface CubeDependencies {
  readonly registry: Pick<Registry, 'findCube' | 'findPackage' | 'listCubes'>;
  readonly engine: QueryEngine;
  readonly files: CubeFiles;
  readonly answers: AnswerCache;
  readonly verifier: TokenVerifier;
}
