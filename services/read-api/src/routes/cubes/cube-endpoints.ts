import type { Endpoint } from '@flyloft/service-kit';
import type { CubeDependencies } from './cube-dependencies.ts';
import { getAggregate } from './get-aggregate.ts';
import { getFacts } from './get-facts.ts';
import { getFactsCsv } from './get-facts-csv.ts';
import { getFactsParquet } from './get-facts-parquet.ts';
import { getIndex } from './get-index.ts';
import { getMembers } from './get-members.ts';
import { getModel } from './get-model.ts';
import { getPackage } from './get-package.ts';
import { listCubes } from './list-cubes.ts';

/** The babbage API over loaded packages (cubes.md 5.1). */
export function cubeEndpoints(dependencies: CubeDependencies): Endpoint[] {
  return [
    ...getIndex(dependencies),
    ...listCubes(dependencies),
    ...getModel(dependencies),
    ...getAggregate(dependencies),
    ...getFacts(dependencies),
    ...getFactsCsv(dependencies),
    ...getFactsParquet(dependencies),
    ...getMembers(dependencies),
    ...getPackage(dependencies),
  ];
}
