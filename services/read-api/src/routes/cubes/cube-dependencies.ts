import type { TokenVerifier } from '@flyloft/common';
import type { Registry } from '@flyloft/registry';
import type { Engine } from '@flyloft/warehouse';
import type { AnswerCache } from '../../cubes/answer-cache.ts';
import type { CubeFiles } from '../../cubes/cube-files.ts';

export interface CubeDependencies {
  readonly registry: Pick<Registry, 'findCube' | 'findPackage' | 'listCubes'>;
  readonly engine: Engine;
  readonly files: CubeFiles;
  readonly answers: AnswerCache;
  readonly verifier: TokenVerifier;
  readonly queryTimeoutSeconds: number;
}
