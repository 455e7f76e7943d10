import { isFinalStatus } from '@flyloft/common';
import { StaleAttemptError } from '../errors.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { authorName, obfuscatePeople } from '../packages/author.ts';
import type { Registry } from '../registry.ts';
import { loadOf, statusesBefore } from './attempts.ts';
import { indexPackage } from './index-packages.ts';
import { storableJson, storableText } from './storable.ts';

/** One transaction, conditional on the attempt: the package points at the new files and the load is done, or neither. */
export function createPublish(database: PrismaClient): Registry['publish'] {
  return (attempt, publication) =>
    database.$transaction(async (transaction) => {
      const { packageId, descriptor, model, cubes, rows, warnings = [], contentHash = null } = publication;
      const done = await transaction.$executeRaw`
        UPDATE registry.loads
        SET status = 'done', rows = ${rows}, rows_total = ${rows}, warnings = ${warnings.map(storableText)}::text[],
            error = NULL, code = NULL, finished_at = clock_timestamp(), claimed_at = NULL,
            phases = phases || jsonb_build_array(
              jsonb_build_object('status', 'done', 'started_at', clock_timestamp()))
        WHERE id = ${attempt.loadId}::uuid AND attempt = ${attempt.attempt}
          AND package_id = ${packageId} AND claimed_at IS NOT NULL
          AND status = ANY(${statusesBefore('done')}::text[])`;
      const load = await loadOf(transaction, attempt.loadId);
      if (done === 0) {
        const alive = load.attempt === attempt.attempt && !isFinalStatus(load.status);
        if (alive && load.status !== 'queued') throw new RangeError(`the load has not claimed ${packageId}`);
        throw new StaleAttemptError(attempt.loadId, attempt.attempt);
      }
      // The row exists since the claim; whether it is private stays as it is, but for a first load's own wish.
      await transaction.$executeRaw`
        UPDATE registry.packages
        SET descriptor = ${storableJson(obfuscatePeople(descriptor))}::jsonb,
            model = ${storableJson(model)}::jsonb, cubes = ${storableJson(cubes)}::jsonb,
            origin_url = ${load.datapackage}, author = ${storableText(authorName(descriptor) ?? '') || null},
            private = private AND (loaded OR ${load.private !== false}), count_of_rows = ${rows},
            loaded = true, loading_status = 'done', loading_error = NULL, last_update = clock_timestamp(),
            current_load_id = ${attempt.loadId}::uuid, content_hash = ${contentHash}, version = version + 1
        WHERE id = ${packageId}`;
      return indexPackage(transaction, packageId);
    });
}
