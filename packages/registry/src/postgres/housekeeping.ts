import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Registry } from '../registry.ts';

type Housekeeping = Pick<Registry, 'recordAudit' | 'forgetExpired'>;

export function createHousekeeping(database: PrismaClient): Housekeeping {
  return {
    recordAudit: async ({ actor, owner, action, subject }) => {
      await database.$executeRaw`
        INSERT INTO registry.audit (actor, owner, action, subject)
        VALUES (${actor}, ${owner}, ${action}, ${subject})`;
    },
    forgetExpired: async () => {
      await database.$executeRaw`
        DELETE FROM registry.receipts WHERE created_at < clock_timestamp() - interval '1 day'`;
      await database.$executeRaw`
        DELETE FROM registry.hook_runs WHERE created_at < clock_timestamp() - interval '1 day'`;
      await database.$executeRaw`
        UPDATE registry.comments SET key_hash = NULL
        WHERE key_hash IS NOT NULL AND created_at < clock_timestamp() - interval '1 day'`;
      await database.$executeRaw`DELETE FROM registry.announced_files WHERE expires_at <= clock_timestamp()`;
    },
  };
}
