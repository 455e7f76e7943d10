import type { FileAddresses } from '@flyloft/object-store';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { READ_ANSWERS } from '../../http/common-answers.ts';
import { type Credentials, knownPerson } from '../../http/credentials.ts';

export interface InfoDependencies {
  readonly credentials: Credentials;
  readonly addresses: FileAddresses;
}

/** GET `/datastore/info`: what the addresses of the caller's own files begin with. */
export function infoEndpoint({ credentials, addresses }: InfoDependencies): Endpoint {
  return {
    method: 'get',
    path: '/datastore/info',
    tag: 'datastore',
    summary: "What the addresses of one's own files begin with",
    secured: true,
    answers: {
      ...READ_ANSWERS,
      200: { description: 'Prefixes', schema: z.object({ prefixes: z.array(z.string()) }) },
      401: { description: 'No good token' },
    },
    handlers: [
      credentials.need,
      (_req, res) => {
        res.json({ prefixes: addresses.prefixesOf(knownPerson(res).userid) });
      },
    ],
  };
}
