import type { Pool, PoolClient } from 'pg';
import type { DataSet } from '../catalogue/data-set.ts';
import { RECEIPT_HOURS, type Receipt, type Receipts } from '../store/receipt.ts';
import { withClient, withTransaction } from './connection.ts';

/** Old receipts go with new ones, a few at a time. */
const MOST_REMOVED = 100;

export async function findReceipt(
  client: PoolClient,
  { id }: Pick<DataSet, 'id'>,
  keyHash: string,
): Promise<Receipt | undefined> {
  const { rows } = await client.query<{ fingerprint: string; status: number; body: string }>(
    `SELECT fingerprint, status, body FROM data_sets.receipts
     WHERE data_set_id = $1 AND key_hash = $2 AND created_at > now() - interval '${RECEIPT_HOURS} hours'`,
    [id, keyHash],
  );
  return rows[0] && { keyHash, ...rows[0] };
}

/** True for one transaction at a time; the lock ends with it, also when the process is killed. */
export async function lockReceipt(
  client: PoolClient,
  { id }: Pick<DataSet, 'id'>,
  keyHash: string,
): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked',
    [`receipt ${id} ${keyHash}`],
  );
  return rows[0]?.locked === true;
}

/** Keeps a receipt in the transaction of its write. */
export async function writeReceipt(
  client: PoolClient,
  { id }: Pick<DataSet, 'id'>,
  { keyHash, fingerprint, status, body }: Receipt,
): Promise<void> {
  await client.query(
    `DELETE FROM data_sets.receipts WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM data_sets.receipts WHERE created_at <= now() - interval '${RECEIPT_HOURS} hours'
       LIMIT ${MOST_REMOVED} FOR UPDATE SKIP LOCKED))`,
  );
  await client.query(
    `INSERT INTO data_sets.receipts (data_set_id, key_hash, fingerprint, status, body)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (data_set_id, key_hash) DO UPDATE
     SET fingerprint = EXCLUDED.fingerprint, status = EXCLUDED.status, body = EXCLUDED.body, created_at = now()`,
    [id, keyHash, fingerprint, status, body],
  );
}

export function createPostgresReceipts(pool: Pool): Receipts {
  return {
    find: (dataSet, keyHash) => withClient(pool, (client) => findReceipt(client, dataSet, keyHash)),
    keep: (dataSet, receipt) =>
      withTransaction(pool, 'BEGIN', async (client) => {
        if (!(await lockReceipt(client, dataSet, receipt.keyHash))) return;
        if (await findReceipt(client, dataSet, receipt.keyHash)) return;
        await writeReceipt(client, dataSet, receipt);
      }),
  };
}
