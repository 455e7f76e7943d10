import { randomUUID } from 'node:crypto';
import type { AuditContext, AuditLog } from '../audit/audit.ts';
import { rowsOf } from '../routes/paging.ts';
import type { Database, Queries } from './database.ts';

export interface AuditEvent {
  /** `<thing>.<what happened>`. */
  readonly action: `${string}.${string}`;
  readonly target: string;
  readonly details?: Readonly<Record<string, string | boolean | readonly string[]>>;
}

/** Writes down an event in the transaction that makes it happen: neither is ever there alone. */
export async function writeAudit(
  queries: Queries,
  { actor, requestId }: AuditContext,
  { action, target, details = {} }: AuditEvent,
): Promise<void> {
  await queries.auditEntry.create({
    data: { id: randomUUID(), actor, action, target, requestId: requestId ?? null, details: { ...details } },
  });
}

/** Reads the log; nothing changes it, which the table itself refuses. */
export function createAuditLog(database: Database): AuditLog {
  return {
    list: async ({ actor, target, action, from, until }, page) => {
      const where = {
        ...(actor === undefined ? {} : { actor }),
        ...(target === undefined ? {} : { target }),
        ...(action === undefined ? {} : { action: action.endsWith('.') ? { startsWith: action } : action }),
        at: { ...(from === undefined ? {} : { gte: from }), ...(until === undefined ? {} : { lt: until }) },
      };
      const [entries, total] = await Promise.all([
        database.auditEntry.findMany({ where, orderBy: [{ at: 'desc' }, { id: 'asc' }], ...rowsOf(page) }),
        database.auditEntry.count({ where }),
      ]);
      return { entries, total };
    },
  };
}
