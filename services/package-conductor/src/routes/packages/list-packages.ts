import { type Endpoint, validate } from '@flyloft/service-kit';
import { READ_ANSWERS } from '../../http/common-answers.ts';
import { knownPerson } from '../../http/credentials.ts';
import { pagedSchema, pagingSchema } from '../../http/paging.ts';
import { packageSchema, toPackageBody } from '../../packages/package-answers.ts';
import type { PackagesDependencies } from './show-package.ts';

/** GET `/packages`: one's own packages, the last changed first. */
export function listPackagesEndpoint({ credentials, registry }: PackagesDependencies): Endpoint {
  return {
    method: 'get',
    path: '/packages',
    tag: 'packages',
    summary: "One's own packages, the last changed first",
    description: 'Packages of others are found by `/search/package`.',
    secured: true,
    request: { query: pagingSchema },
    answers: {
      ...READ_ANSWERS,
      200: { description: 'A page of packages', schema: pagedSchema(packageSchema) },
      400: { description: 'A parameter is not valid' },
      401: { description: 'No good token' },
    },
    handlers: [
      credentials.needToken,
      async (req, res) => {
        const { page, per_page } = validate(pagingSchema, req.query, 'parameters');
        const { userid } = knownPerson(res);
        const { items, total } = await registry.packagesOf(userid, { page, perPage: per_page });
        res.set('Cache-Control', 'private, no-cache');
        res.json({ data: items.map(toPackageBody), page, per_page, total });
      },
    ],
  };
}
