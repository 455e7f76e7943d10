import type { EngineSession } from '../engine/sandbox.ts';
import { identifier, literal } from '../engine/sql-text.ts';
import type { PreparedTable } from './load-table.ts';

/** A table that was written, and where. */
export interface ReferencedTable {
  readonly resource: string;
  readonly prepared: PreparedTable;
  readonly cubeFile: string;
}

function columnsOf({ prepared }: ReferencedTable, names: readonly string[]): string[] | undefined {
  const columns = names.map((name) => prepared.plan.byField.get(name.trim())?.name);
  return columns.every((column) => column !== undefined) ? columns.map(identifier) : undefined;
}

/** Rows whose key is in no row of the other table, and the first of them. Blanks refer to nothing. */
async function orphans(
  session: EngineSession,
  [from, columns]: readonly [ReferencedTable, readonly string[]],
  [to, others]: readonly [ReferencedTable, readonly string[]],
): Promise<{ readonly count: number; readonly first: string }> {
  const same = columns.map(
    // by what is written: the two tables may have found other types for the same keys
    (column, index) => `CAST(mine.${column} AS VARCHAR) = CAST(other.${others[index]} AS VARCHAR)`,
  );
  const filled = columns.map((column) => `mine.${column} IS NOT NULL`);
  const values = columns.map((column) => `CAST(mine.${column} AS VARCHAR)`);
  const [row = []] = await session.rows(
    `SELECT count(*), min(mine._id), arg_min(concat_ws(', ', ${values.join(', ')}), mine._id)
     FROM read_parquet(${literal(from.cubeFile)}) AS mine
     ANTI JOIN read_parquet(${literal(to.cubeFile)}) AS other ON ${same.join(' AND ')}
     WHERE ${filled.join(' AND ')}`,
  );
  return { count: Number(row[0]), first: `"${row[2]}" in row ${row[1]}` };
}

/** What the foreign keys of a package's tables point to and is not there, as warnings. */
export async function checkReferences(
  session: EngineSession,
  tables: readonly ReferencedTable[],
): Promise<string[]> {
  const warnings: string[] = [];
  for (const table of tables) {
    for (const { fields, reference } of table.prepared.file.descriptor.schema?.foreignKeys ?? []) {
      const target =
        reference.resource === '' ? table : tables.find(({ resource }) => resource === reference.resource);
      const mine = columnsOf(table, fields);
      const theirs = target && columnsOf(target, reference.fields);
      const key = `The foreign key (${fields.join(', ')}) of "${table.resource}"`;
      if (target === undefined || mine === undefined || theirs?.length !== mine.length) {
        warnings.push(`${key} refers to what is not there, and was not checked.`);
        continue;
      }
      const { count, first } = await orphans(session, [table, mine], [target, theirs]);
      if (count > 0)
        warnings.push(`${key} is not in "${target.resource}" for ${count} rows, the first: ${first}.`);
    }
  }
  return warnings;
}
