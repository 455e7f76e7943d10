import { type Endpoint, validate } from '@flyloft/service-kit';
import { z } from 'zod';
import { READ_ANSWERS } from '../../http/common-answers.ts';
import { personOf } from '../../http/credentials.ts';
import { pagedSchema, pagingSchema } from '../../http/paging.ts';
import { loadSchema, toLoadBody } from '../../loads/load-answers.ts';
import { ownPackage } from '../../packages/visible-package.ts';
import type { PackagesDependencies } from './show-package.ts';

/** GET `/packages/{id}/loads`: the history of one's own package, newest first. */
export function listLoadsEndpoint({ credentials, registry }: PackagesDependencies): Endpoint {
  return {
    method: 'get',
    path: '/packages/:id/loads',
    tag: 'packages',
    summary: "The loads of one's own package, newest first",
    secured: true,
    request: { params: z.object({ id: z.string() }), query: pagingSchema },
    answers: {
      ...READ_ANSWERS,
      200: { description: 'A page of loads', schema: pagedSchema(loadSchema) },
      400: { description: 'A parameter is not valid' },
      401: { description: 'No good token' },
      404: { description: 'There is no such package, or not for the caller' },
    },
    handlers: [
      credentials.needToken,
      async (req, res) => {
        const { page, per_page } = validate(pagingSchema, req.query, 'parameters');
        const { id } = await ownPackage(registry, String(req.params.id), personOf(res));
        const { items, total } = await registry.loadsOfPackage(id, { page, perPage: per_page });
        res.set('Cache-Control', 'no-store');
        res.json({ data: items.map(toLoadBody), page, per_page, total });
      },
    ],
  };
}
