import { z } from 'zod';
import { auditPage } from '../../../pages/admin/audit-page.ts';
import { auditFilterSchema } from '../../admin/list-audit.ts';
import type { AdminPagesDependencies } from './admin-pages.ts';
import { bodyOf, filterOf, pageOf } from './form-fields.ts';
import type { Screen } from './screen.ts';

const NAMES = ['actor', 'target', 'action', 'from', 'until'] as const;
const text = z.string().optional();

const midnight = (day: string | undefined) => (day === undefined ? undefined : `${day}T00:00:00Z`);

/** The audit log, with filters. */
export function auditScreen({ audit }: AdminPagesDependencies): Screen {
  return {
    ...{ path: '/admin/pages/audit', summary: 'The page of the audit log' },
    query: z.object({ ...Object.fromEntries(NAMES.map((name) => [name, text])), page: text }),
    requirement: { all: ['audit:read:any'] },
    show: async (visit) => {
      const of = (name: (typeof NAMES)[number]) => filterOf(visit.req, name);
      const search = {
        ...{ actor: of('actor'), target: of('target'), action: of('action') },
        ...{ from: of('from'), until: of('until') },
      };
      const times = { from: midnight(search.from), until: midnight(search.until) };
      const filter = bodyOf(auditFilterSchema, { ...search, ...times });
      const page = pageOf(visit.req);
      const list = await audit.list(filter, page);
      return auditPage(visit, { ...list, page: page.page, perPage: page.per_page, search });
    },
  };
}
