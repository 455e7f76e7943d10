import type { Registry } from '@flyloft/registry';
import type { Person } from './http/credentials.ts';

/** Writes down what an administrator does for another owner; what people do with their own is not written down. */
export async function auditActing(
  registry: Pick<Registry, 'recordAudit'>,
  person: Person,
  entry: { readonly owner: string; readonly action: string; readonly subject: string },
): Promise<void> {
  if (person.userid !== entry.owner) await registry.recordAudit({ actor: person.userid, ...entry });
}
