import { randomUUID } from 'node:crypto';
import type { AuditContext } from '../audit/audit.ts';
import type { Queries } from './database.ts';

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
