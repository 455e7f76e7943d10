import type { Registry } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { READ_ANSWERS } from '../../http/common-answers.ts';
import { type Credentials, personOf } from '../../http/credentials.ts';
import { packageSchema, toPackageBody } from '../../packages/package-answers.ts';
import { visiblePackage } from '../../packages/visible-package.ts';

export interface PackagesDependencies {
  readonly credentials: Credentials;
  readonly registry: Registry;
}

/** GET `/packages/{id}`: one package, to anyone when it is public. */
export function showPackageEndpoint({ credentials, registry }: PackagesDependencies): Endpoint {
  return {
    method: 'get',
    path: '/packages/:id',
    tag: 'packages',
    summary: 'One package: descriptor, model, how its last load went',
    secured: true,
    request: { params: z.object({ id: z.string() }), query: z.object({ jwt: z.string().optional() }) },
    answers: {
      ...READ_ANSWERS,
      200: { description: 'The package', schema: packageSchema },
      401: { description: 'The token is not good' },
      404: { description: 'There is no such package, or not for the caller' },
    },
    handlers: [
      credentials.mayShow,
      async (req, res) => {
        const registered = await visiblePackage(registry, String(req.params.id), personOf(res));
        res.set('Cache-Control', 'private, no-cache').json(toPackageBody(registered));
      },
    ],
  };
}
