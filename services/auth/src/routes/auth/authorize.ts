import { problem } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { Limits } from '../../limits/limits.ts';
import { type PermissionSources, permissionsOf } from '../../permissions/service-permissions.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import type { TokenIssuer } from '../../tokens/issue-tokens.ts';
import { serviceScope } from '../../tokens/scopes.ts';
import { keptParameters, noStore } from '../request-parts.ts';
import {
  isStrict,
  keptAnswer,
  parameterOf,
  requireKeptHolder,
  requireOwnPermission,
  requireScope,
} from './kept-request.ts';
import { keptErrors, keptQuery } from './kept-schemas.ts';

export interface AuthorizeDependencies extends PermissionSources {
  readonly sources: HolderSources;
  readonly limits: Limits;
  readonly origin: string;
  readonly issuer: TokenIssuer;
  /** Every alias that tokens may be made out to. */
  readonly services: ReadonlySet<string>;
}

const permissionsSchema = z.record(z.string(), z.unknown());

const answerSchema = z.union([
  z.object({
    userid: z.string(),
    permissions: permissionsSchema,
    service: z.string(),
    token: z.string(),
  }),
  z.object({ permissions: permissionsSchema }),
]);

async function authorize(req: Request, deps: AuthorizeDependencies): Promise<z.output<typeof answerSchema>> {
  const holder = await requireKeptHolder(req, deps.sources, deps.origin);
  const service = parameterOf(req, 'service');
  if (service === undefined) {
    if (isStrict(req)) throw problem('invalid_parameter', 'The parameter "service" is missing');
    return { permissions: {} };
  }
  if (!deps.services.has(service)) throw problem('not_found', `There is no service "${service}"`);
  requireScope(holder, serviceScope(service));
  requireOwnPermission(holder, 'service-token:create:own');
  await deps.limits.tokenRequests.count(holder.sid);
  const permissions = await permissionsOf(holder.user, service, deps);
  const token = await deps.issuer.serviceToken(holder, service, permissions);
  return { userid: holder.user.idhash, permissions, service, token };
}

/** `/auth/authorize` and `/user/authorize`: a service token for the holder (auth.md A2, 1.2). */
export function authorizeEndpoints(deps: AuthorizeDependencies): Endpoint[] {
  const handler: RequestHandler = async (req, res) => {
    res.json(await keptAnswer(req, { permissions: {} }, () => authorize(req, deps)));
  };
  return ['/auth/authorize', '/user/authorize'].flatMap((path) =>
    (['get', 'post'] as const).map((method) => ({
      method,
      path,
      direct: 'with a query',
      tag: 'tokens',
      summary: 'A service token, and what its holder may do there',
      secured: true,
      request: { query: keptQuery.extend({ service: z.string().optional().describe('The service alias') }) },
      answers: {
        200: { description: 'The service token, or no permissions and no token', schema: answerSchema },
        ...keptErrors,
        404: { description: 'strict=1: there is no such service' },
        429: {
          description: 'Too many tokens asked for, or too many wrong ones; Retry-After says how long to wait',
        },
        503: { description: 'The module that knows the permissions does not answer' },
      },
      handlers: [noStore, ...keptParameters, handler],
    })),
  );
}
