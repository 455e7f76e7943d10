import type { EngineSession } from '../engine/sandbox.ts';
import { identifier, literal } from '../engine/sql-text.ts';
import type { CubeModel, Dimension } from './cube-model.ts';

const HIGH = 1000;

function cardinalityClass(members: number): Dimension['cardinality_class'] {
  if (members > HIGH) return 'high';
  if (members > 50) return 'medium';
  return members > 7 ? 'low' : 'tiny';
}

/**
 * The model with each dimension's class (cubes.md 5.2). Counting stops where the class is settled: bounded
 * memory. `files` has those of the tables that dimensions have of their own, by name.
 */
export async function measureCardinality(
  session: EngineSession,
  model: CubeModel,
  file: string,
  files: ReadonlyMap<string, string> = new Map(),
): Promise<CubeModel> {
  const dimensions: Record<string, Dimension> = {};
  for (const [name, dimension] of Object.entries(model.dimensions)) {
    const column = dimension.attributes[dimension.key_attribute]?.column;
    if (column === undefined) continue;
    const [own = '', table = ''] = column.split('.').reverse();
    const [row = []] = await session.rows(
      `SELECT count(*) FROM (SELECT DISTINCT ${identifier(own)} FROM read_parquet(${literal(files.get(table) ?? file)}) LIMIT ${HIGH + 1})`,
    );
    dimensions[name] = { ...dimension, cardinality_class: cardinalityClass(Number(row[0])) };
  }
  return { ...model, dimensions };
}
