// The peer of batched writes: a plain Express handler that upserts (id, timestamp, jsonb), one statement a batch.
import express from 'express';
import { Pool } from 'pg';

interface Sent {
  readonly _id: string;
  readonly _timestamp: string;
}

const [port, connectionString] = process.argv.slice(2);
const pool = new Pool({ connectionString });
const app = express();
app.use(express.json({ limit: '30mb' }));
app.post('/', async (req, res) => {
  // the benchmark sends nothing else
  const records = req.body as Sent[];
  await pool.query(
    `INSERT INTO plain_records (id, timestamp, record)
     SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::jsonb[])
     ON CONFLICT (id) DO UPDATE SET timestamp = EXCLUDED.timestamp, record = EXCLUDED.record`,
    [
      records.map(({ _id }) => _id),
      records.map(({ _timestamp }) => _timestamp),
      records.map((record) => JSON.stringify(record)),
    ],
  );
  res.json({ status: 'ok' });
});
app.listen(Number(port), '127.0.0.1', () => process.send?.('listening'));
