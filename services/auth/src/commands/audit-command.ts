import { validate } from '@flyloft/service-kit';
import type { AuthStores } from '../app.ts';
import type { AuditEntry } from '../audit/audit.ts';
import { auditAnswer, auditFilterSchema } from '../routes/admin/list-audit.ts';
import { argumentsOf, momentOf, pageOf, runAction, sayPage } from './administration.ts';
import type { CommandContext } from './usage.ts';

function lineOf({ at, actor, action, target, requestId }: AuditEntry): string {
  const by = actor ?? (requestId === null ? 'the platform' : requestId);
  return `${at.toISOString()}  ${action.padEnd(24)}  ${target ?? '-'}  by ${by}`;
}

async function list(args: readonly string[], { audit }: AuthStores, context: CommandContext): Promise<void> {
  argumentsOf(args, 'audit list', 0);
  const { options } = context;
  const { actor, target, action } = options;
  const wanted = { actor, target, action, from: momentOf(options.from), until: momentOf(options.until) };
  const filter = validate(auditFilterSchema, wanted, 'parameters');
  const page = pageOf(context);
  sayPage(context, await audit.list(filter, page), page, { answer: auditAnswer, line: lineOf });
}

/** `audit list`: the audit log can be read, and nothing else. */
export const auditCommand = runAction('audit', { list });
