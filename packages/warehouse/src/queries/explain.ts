import type { JsonValue } from '../answers/json-text.ts';
import type { EngineSession } from '../engine/sandbox.ts';
import type { CubeSource, PreparedQuery } from './query-source.ts';

/** The statements of a query with the plans that the engine has for them. Tables stand for their files. */
export async function explainQuery(
  session: EngineSession,
  source: CubeSource,
  { statements }: PreparedQuery,
): Promise<JsonValue> {
  const withoutPaths = (text: string) =>
    Object.entries(source.tables).reduce((shown, [name, { file }]) => shown.replaceAll(file, name), text);
  const explained: JsonValue[] = [];
  for (const { sql, parameters } of statements) {
    const rows = await session.rows(`EXPLAIN ${sql}`, parameters);
    const plan = rows.map(([, text]) => String(text)).join('\n');
    explained.push({ sql: withoutPaths(sql), parameters, plan: withoutPaths(plan) });
  }
  return explained;
}
