import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { noStore } from '../request-parts.ts';
import { ownErrors } from './own-data.ts';
import {
  contextOf,
  type OwnDataDependencies,
  personOf,
  requireFresh,
  requirePerson,
} from './require-person.ts';

const linkSchema = z.object({
  provider: z.string(),
  subject: z.string(),
  email: z.string().nullable().describe('As the provider says'),
  email_verified: z.boolean(),
  created_at: z.iso.datetime(),
});

/** The ways a person signs in; a new one is added on the settings page, by signing in there. */
export function ownLinksEndpoints(deps: OwnDataDependencies): Endpoint[] {
  const { signIns, now } = deps;
  const list: RequestHandler = async (_req, res) => {
    const identities = await signIns.identities(personOf(res).user.id);
    const links = identities.map(({ provider, subject, email, emailVerified, createdAt }) => ({
      ...{ provider, subject, email, email_verified: emailVerified, created_at: createdAt.toISOString() },
    }));
    res.json({ links });
  };
  const remove: RequestHandler = async (req, res) => {
    requireFresh(res, now());
    const { provider, subject } = req.params;
    await signIns.unlink(personOf(res).user.id, String(provider), String(subject), contextOf(res));
    res.status(204).end();
  };
  const person = requirePerson(deps);
  const shared = { tag: 'own data', secured: true } as const;
  return [
    {
      ...{ ...shared, method: 'get', path: '/auth/links', summary: 'The ways you sign in' },
      answers: {
        200: { description: 'All of them', schema: z.object({ links: z.array(linkSchema) }) },
        ...ownErrors,
      },
      handlers: [noStore, person, list],
    },
    {
      ...{
        ...shared,
        method: 'delete',
        path: '/auth/links/:provider/:subject',
        summary: 'Remove a way you sign in',
      },
      request: { params: z.object({ provider: z.string(), subject: z.string() }) },
      answers: {
        204: { description: 'Removed' },
        ...ownErrors,
        404: { description: 'You do not sign in that way' },
        409: { description: 'It is the only way you can sign in' },
      },
      handlers: [noStore, person, remove],
    },
  ];
}
