import type { AuditContext } from '../audit/audit.ts';
import { writeAudit } from './audit.ts';
import type { Queries } from './database.ts';

/** What is kept of a person goes with them; the audit log stays. The transaction must hold `lockUsers`. */
export async function removePerson(queries: Queries, id: string, context: AuditContext): Promise<void> {
  const { idhash } = await queries.user.delete({ where: { id } });
  await queries.servicePermission.deleteMany({ where: { userid: idhash } });
  await writeAudit(queries, context, { action: 'user.deleted', target: id });
}
