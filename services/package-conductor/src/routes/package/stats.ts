import type { Registry } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { READ_ANSWERS } from '../../http/common-answers.ts';

/** GET `/package/stats`: how much there is, private and unloaded packages included (packages.md 4). */
export function statsEndpoint({ registry }: { readonly registry: Pick<Registry, 'stats'> }): Endpoint {
  return {
    method: 'get',
    path: '/package/stats',
    tag: 'package',
    summary: 'How many packages, rows and countries there are',
    answers: {
      ...READ_ANSWERS,
      200: {
        description: 'Counts',
        schema: z.object({ num_packages: z.int(), num_records: z.int(), num_countries: z.int() }),
      },
    },
    handlers: [
      async (_req, res) => {
        const { packages, rows, countries } = await registry.stats();
        res.json({ num_packages: packages, num_records: rows, num_countries: countries });
      },
    ],
  };
}
