import { problem } from '@flyloft/common';
import type { FileAddresses } from '@flyloft/object-store';
import type { Registry } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { READ_ANSWERS } from '../../http/common-answers.ts';
import { requiredParameter } from '../../http/parameters.ts';
import { statusSchema, toStatus } from '../../loads/load-answers.ts';
import { addressKey } from '../../loads/request-load.ts';

interface StatusDependencies {
  readonly registry: Registry;
  readonly addresses: FileAddresses;
}

/** GET `/package/status`: the newest load of an address, in any of its spellings. */
export function statusEndpoint({ registry, addresses }: StatusDependencies): Endpoint {
  return {
    method: 'get',
    path: '/package/status',
    tag: 'package',
    summary: 'How far the load of a package is',
    request: { query: z.object({ datapackage: z.string() }) },
    answers: {
      ...READ_ANSWERS,
      200: { description: 'One of the 13 statuses', schema: statusSchema },
      400: { description: 'No `datapackage`' },
      404: { description: 'No load of this address was ever asked for' },
    },
    handlers: [
      async (req, res) => {
        const datapackage = requiredParameter(req, 'datapackage');
        const load = await registry.newestLoad(addressKey(datapackage, addresses));
        if (load === undefined) throw problem('not_found');
        res.set('Cache-Control', 'no-store').json(toStatus(load));
      },
    ],
  };
}
