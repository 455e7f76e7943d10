import { problem } from '@flyloft/common';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { Consent, ConsentStore } from '../../oidc/consent-store.ts';
import { pageAnswer, pageParameters, pageSchema } from '../paging.ts';
import { noStore } from '../request-parts.ts';
import { ownErrors } from './own-data.ts';
import { contextOf, type OwnDataDependencies, personOf, requirePerson } from './require-person.ts';

const consentSchema = z.object({
  client_id: z.string(),
  client_name: z.string(),
  app: z.object({ slug: z.string(), name: z.string(), url: z.string() }).nullable(),
  scopes: z.array(z.string()).describe('`profile`, or `urn:flyloft:<service> read` for a scope at a service'),
  granted_at: z.iso.datetime(),
});

function answerOf(consent: Consent): z.output<typeof consentSchema> {
  const { clientId, clientName, app, scopes, grantedAt } = consent;
  return {
    client_id: clientId,
    client_name: clientName,
    app,
    scopes: [...scopes],
    granted_at: grantedAt.toISOString(),
  };
}

/** `/auth/consents`: the applications that one has let in, and shutting them out (auth.md A2, D23). */
export function ownConsentsEndpoints(
  deps: OwnDataDependencies & { readonly consents: ConsentStore },
): Endpoint[] {
  const { consents } = deps;
  const query = z.strictObject(pageParameters);
  const list: RequestHandler = async (req, res) => {
    const page = validate(query, req.query, 'parameters');
    const { entries, total } = await consents.list(personOf(res).user.id, page);
    res.json(pageAnswer(entries.map(answerOf), total, page));
  };
  const revoke: RequestHandler = async (req, res) => {
    const revoked = await consents.revoke(
      personOf(res).user.id,
      String(req.params.client_id),
      contextOf(res),
    );
    if (!revoked) throw problem('not_found', 'You have let no such application in');
    res.status(204).end();
  };
  const person = requirePerson(deps);
  const shared = { tag: 'own data', secured: true } as const;
  return [
    {
      ...{ ...shared, method: 'get', path: '/auth/consents', summary: 'The applications that you let in' },
      request: { query },
      answers: {
        200: { description: 'The latest first', schema: pageSchema(consentSchema) },
        400: { description: 'A parameter is not valid' },
        ...ownErrors,
      },
      handlers: [noStore, person, list],
    },
    {
      ...{
        ...shared,
        method: 'delete',
        path: '/auth/consents/:client_id',
        summary: 'Shut an application out',
      },
      request: { params: z.object({ client_id: z.string() }) },
      answers: {
        204: { description: 'Its tokens are worth nothing now' },
        ...ownErrors,
        404: { description: 'You have let no such application in' },
      },
      handlers: [noStore, person, revoke],
    },
  ];
}
