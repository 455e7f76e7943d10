import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Registry } from '../registry.ts';

/**
 * Counts an owner's files: what is stored, and what may still arrive by addresses that were signed. Two
 * requests of one owner take turns, so that both together keep to the quota.
 */
export function createQuota(database: PrismaClient): Registry['reserveUploads'] {
  return ({ owner, files, maxBytes, lifeSeconds, storedBytes }) =>
    database.$transaction(
      async (transaction) => {
        await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('files of ' || ${owner}))`;
        await transaction.$executeRaw`
          DELETE FROM registry.announced_files WHERE owner = ${owner} AND expires_at <= clock_timestamp()`;
        const announced = await transaction.$queryRaw<{ key: string; bytes: bigint }[]>`
          SELECT key, bytes FROM registry.announced_files WHERE owner = ${owner}`;
        // An announced file takes the larger of what it is and what it may become.
        const used = new Map(await storedBytes());
        for (const { key, bytes } of announced) used.set(key, Math.max(used.get(key) ?? 0, Number(bytes)));
        for (const { key, bytes } of files) used.set(key, Math.max(used.get(key) ?? 0, bytes));
        const bytes = [...used.values()].reduce((sum, one) => sum + one, 0);
        if (bytes > maxBytes) return { reserved: false, bytes };
        await transaction.$executeRaw`
          INSERT INTO registry.announced_files (key, owner, bytes, expires_at)
          SELECT key, ${owner}, bytes, clock_timestamp() + make_interval(secs => ${lifeSeconds}::float8)
          FROM jsonb_to_recordset(${JSON.stringify(files)}::jsonb) AS file (key text, bytes bigint)
          ON CONFLICT (key) DO UPDATE
            SET bytes = GREATEST(announced_files.bytes, excluded.bytes), expires_at = excluded.expires_at`;
        return { reserved: true, bytes };
      },
      // walking a large store takes a while
      { timeout: 30_000 },
    );
}
