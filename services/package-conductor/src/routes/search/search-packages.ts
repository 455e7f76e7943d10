import { problem } from '@flyloft/common';
import type { Registry } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { READ_ANSWERS } from '../../http/common-answers.ts';
import type { Credentials } from '../../http/credentials.ts';
import { documentSchema, toDocument } from '../../packages/package-answers.ts';
import { searchOf } from '../../search/search-parameters.ts';

export interface SearchDependencies {
  readonly credentials: Credentials;
  readonly registry: Pick<Registry, 'search'>;
}

/** GET `/search/package`: public packages, and one's own. */
export function searchPackagesEndpoint({ credentials, registry }: SearchDependencies): Endpoint {
  return {
    method: 'get',
    path: '/search/:kind',
    tag: 'search',
    summary: 'Find packages',
    description:
      'Values are JSON: `q="budget"`. Any other parameter whose path begins with `id`, `model`, `package`, `origin_url`, `loaded` or `last_update` filters: values of one parameter are alternatives, different parameters must all match. Texts match by word, ids and people as a whole. Who sends a token, a user token too, finds their own private packages as well.',
    secured: true,
    request: {
      params: z.object({ kind: z.literal('package') }),
      query: z.object({
        q: z.string().optional().describe('A JSON text; any of its words may match'),
        size: z.string().optional().describe('At most so many, up to 10,000; default 100'),
        from: z.string().optional().describe('Leaves out so many first'),
        'package.owner': z.string().optional().describe('A filter, for example'),
        jwt: z.string().optional(),
      }),
    },
    answers: {
      ...READ_ANSWERS,
      200: {
        description: 'Best matches first, then the last changed; `X-Total-Count` tells how many match in all',
        schema: z.array(documentSchema),
      },
      400: { description: 'Another kind than `package`, or a value that is not JSON' },
    },
    handlers: [
      async (req, res) => {
        if (req.params.kind !== 'package')
          throw problem('invalid_parameter', 'Only packages can be searched');
        const viewer = await credentials.viewerOf(req);
        const { packages, total } = await registry.search(searchOf(req.query, viewer));
        res.set({ 'X-Total-Count': String(total), 'Cache-Control': 'private, no-cache' });
        res.json(packages.map(toDocument));
      },
    ],
  };
}
