import { validate } from '@flyloft/service-kit';
import type { AuditEntry } from '../audit/audit.ts';
import { auditAnswer, auditFilterSchema } from '../routes/admin/list-audit.ts';
import { pageAnswer } from '../routes/paging.ts';
import { argumentsOf, momentOf, moreLine, pageOf, subcommandOf, withStores } from './administration.ts';
import type { CommandContext } from './usage.ts';

function lineOf({ at, actor, action, target, requestId }: AuditEntry): string {
  const by = actor ?? (requestId === null ? 'the platform' : requestId);
  return `${at.toISOString()}  ${action.padEnd(24)}  ${target ?? '-'}  by ${by}`;
}

async function list(args: readonly string[], context: CommandContext): Promise<void> {
  argumentsOf(args, 'audit list', 0);
  const { options, say } = context;
  const { actor, target, action } = options;
  const wanted = { actor, target, action, from: momentOf(options.from), until: momentOf(options.until) };
  const filter = validate(auditFilterSchema, wanted, 'parameters');
  const page = pageOf(context);
  const { entries, total } = await withStores(context, ({ audit }) => audit.list(filter, page));
  const lines = [...entries.map(lineOf), ...moreLine({ ...page, total })];
  say(options.json ? JSON.stringify(pageAnswer(entries.map(auditAnswer), total, page)) : lines.join('\n'));
}

/** `audit list`: the audit log can be read, and nothing else. */
export async function auditCommand([action, ...args]: string[], context: CommandContext): Promise<number> {
  await subcommandOf({ list }, 'audit', action)(args, context);
  return 0;
}
