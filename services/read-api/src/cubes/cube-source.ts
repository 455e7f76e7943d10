import type { Cube, FoundCube } from '@flyloft/registry';
import { type CubeModel, type CubeSource, cubeModelSchema } from '@flyloft/warehouse';
import type { CubeFiles } from './cube-files.ts';

/** What queries need of a cube: its model and its tables, and the keys of their files. */
export interface OpenedCube extends CubeSource {
  readonly files: readonly string[];
}

/** The tables that the columns of a model are in, but for the facts. */
function dimensionTables({ dimensions }: CubeModel): Set<string> {
  const columns = Object.values(dimensions).flatMap(({ attributes }) => Object.values(attributes));
  return new Set(columns.flatMap(({ column }) => (column.includes('.') ? [column.split('.')[0] ?? ''] : [])));
}

const models = new WeakMap<Cube, CubeModel>();

/** The model of a cube, checked once for as long as the registry keeps the cube. */
export function modelOfCube(cube: Cube): CubeModel {
  const known = models.get(cube);
  if (known !== undefined) return known;
  const model = cubeModelSchema.parse(cube.model);
  models.set(cube, model);
  return model;
}

/** A row of the registry is of one load, so all tables are of that load. */
export function openCube(
  { cube, package: registered }: FoundCube,
  files: Pick<CubeFiles, 'pathOf'>,
): OpenedCube {
  const model = modelOfCube(cube);
  const wanted = dimensionTables(model);
  const others = registered.cubes.filter(({ id, model: { fact_table: table } }) => {
    return id !== cube.id && wanted.has(String(table));
  });
  const tables: readonly (readonly [string, Cube])[] = [
    [model.fact_table, cube],
    ...others.map((other) => [String(other.model.fact_table), other] as const),
  ];
  return {
    model,
    files: tables.map(([, { file }]) => file),
    tables: Object.fromEntries(
      tables.map(([name, { file, columns }]) => {
        const types = Object.fromEntries(columns.map((column) => [column.name, column.type]));
        return [name, { file: files.pathOf(file), types }];
      }),
    ),
  };
}
