import type { Pool } from 'pg';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { type DataSet, dataSetSettingsSchema } from '../catalogue/data-set.ts';
import { CREATED, RECEIPT_HOURS } from '../store/receipt.ts';
import { hasCode, UNIQUE_VIOLATION, withClient, withTransaction } from './connection.ts';
import { tableName } from './table.ts';

interface CatalogueRow {
  readonly id: string;
  readonly name: string;
  readonly data_group: string;
  readonly data_type: string;
  readonly token_hash: string | null;
  readonly settings: unknown;
  readonly previous_token_hash: string | null;
  readonly previous_token_until: Date | null;
}

const COLUMNS =
  'id, name, data_group, data_type, token_hash, settings, previous_token_hash, previous_token_until';

function toDataSet(row: CatalogueRow): DataSet {
  const { previous_token_hash: hash, previous_token_until: until } = row;
  return {
    ...(hash !== null && until !== null && { previousToken: { hash, until } }),
    id: row.id,
    name: row.name,
    dataGroup: row.data_group,
    dataType: row.data_type,
    tokenHash: row.token_hash,
    settings: dataSetSettingsSchema.parse(row.settings),
  };
}

/** The catalogue in the table `data_sets.data_sets`. */
export function createPostgresCatalogue(pool: Pool): Catalogue {
  const change = (assignments: string, values: unknown[]) =>
    withClient(pool, async (client) => {
      const { rows } = await client.query<CatalogueRow>(
        `UPDATE data_sets.data_sets SET ${assignments} WHERE id = $1 RETURNING ${COLUMNS}`,
        values,
      );
      return rows[0] && toDataSet(rows[0]);
    });
  const select = (condition: string, values: string[]) =>
    withClient(pool, async (client) => {
      const { rows } = await client.query<CatalogueRow>(
        `SELECT ${COLUMNS} FROM data_sets.data_sets ${condition}`,
        values,
      );
      return rows.map(toDataSet);
    });

  return {
    create: ({ name, dataGroup, dataType, tokenHash, settings }, receipt) =>
      withClient(pool, async (client) => {
        try {
          const { rows } = await client.query<CatalogueRow>(
            `INSERT INTO data_sets.data_sets (name, data_group, data_type, token_hash, settings,
               creation_key_hash, creation_fingerprint, creation_body, creation_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now()) RETURNING ${COLUMNS}`,
            [
              ...[name, dataGroup, dataType, tokenHash, JSON.stringify(settings)],
              ...[receipt?.keyHash ?? null, receipt?.fingerprint ?? null, receipt?.body ?? null],
            ],
          );
          return rows[0] && toDataSet(rows[0]);
        } catch (error) {
          if (hasCode(error, UNIQUE_VIOLATION)) return undefined;
          throw error;
        }
      }),
    findCreation: (keyHash) =>
      withClient(pool, async (client) => {
        const { rows } = await client.query<{ fingerprint: string; body: string }>(
          `SELECT creation_fingerprint AS fingerprint, creation_body AS body FROM data_sets.data_sets
           WHERE creation_key_hash = $1 AND creation_at > now() - interval '${RECEIPT_HOURS} hours'`,
          [keyHash],
        );
        return rows[0] && { keyHash, status: CREATED, ...rows[0] };
      }),
    findByName: async (name) => (await select('WHERE name = $1', [name]))[0],
    findByPair: async ({ dataGroup, dataType }) =>
      (await select('WHERE data_group = $1 AND data_type = $2', [dataGroup, dataType]))[0],
    list: () => select('ORDER BY name COLLATE "C"', []),
    update: ({ id }, { settings = {}, tokenHash }) =>
      tokenHash === undefined
        ? change('settings = settings || $2', [id, JSON.stringify(settings)])
        : change(
            'settings = settings || $2, token_hash = $3, previous_token_hash = NULL, previous_token_until = NULL',
            [id, JSON.stringify(settings), tokenHash],
          ),
    rotateToken: ({ id }, { tokenHash, previousUntil }) =>
      change(
        `previous_token_hash = CASE WHEN $3::timestamptz IS NOT NULL THEN token_hash END,
         previous_token_until = $3, token_hash = $2`,
        [id, tokenHash, previousUntil],
      ),
    remove: (dataSet) =>
      withTransaction(pool, 'BEGIN', async (client) => {
        const { rowCount } = await client.query('DELETE FROM data_sets.data_sets WHERE id = $1', [
          dataSet.id,
        ]);
        await client.query(`DROP TABLE IF EXISTS ${tableName(dataSet)}`);
        await client.query('DELETE FROM data_sets.touches WHERE data_set_id = $1', [dataSet.id]);
        return rowCount === 1;
      }),
  };
}
