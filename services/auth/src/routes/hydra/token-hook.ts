import { timingSafeEqual } from 'node:crypto';
import { problem } from '@flyloft/common';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { entryTo, slugOf } from '../../hydra/app-entry.ts';
import { tokenClaims } from '../../hydra/claims.ts';
import type { HydraDependencies } from '../../hydra/hydra-mode.ts';
import { hashOfSecret } from '../../random-secret.ts';
import { isSuspended } from '../../users/user.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { knownPerson } from './known-person.ts';

const names = z.array(z.string()).nullish();
const inRequest = z.object({ client_id: z.string(), granted_scopes: names, grant_types: names });

/** What Hydra sends: the token hook says `request`, the older refresh hook `requester`, with `subject` outside. */
const hookSchema = z
  .object({
    subject: z.string().optional(),
    session: z.object({
      id_token: z
        .object({
          subject: z.string().nullish(),
          id_token_claims: z.object({ sub: z.string().nullish() }).nullish(),
        })
        .nullish(),
    }),
    request: inRequest.optional(),
    requester: inRequest.optional(),
  })
  .refine(({ request, requester }) => request ?? requester, 'has neither request nor requester');

/** Tokens of no person: Hydra goes on as it is. */
const OF_NO_PERSON = new Set(['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer']);

function requireKey(key: string): RequestHandler {
  const expected = hashOfSecret(key);
  return (req, _res, next) => {
    const given = /^Bearer (\S+)$/.exec(req.get('authorization') ?? '')?.[1] ?? '';
    // hashes: of equal length whatever was sent
    if (timingSafeEqual(hashOfSecret(given), expected)) return next();
    const headers = { 'WWW-Authenticate': 'Bearer realm="flyloft"' };
    throw problem('token_invalid', 'Send HYDRA_HOOK_KEY as Authorization: Bearer …', { headers });
  };
}

/**
 * What Hydra asks before it issues or renews a token: what the person is now, not at consent time (C10). Who
 * has lost the way into the application gets no token.
 */
export function hydraTokenHookEndpoint(deps: HydraDependencies, key: string): Endpoint {
  const answer: RequestHandler = async (req, res) => {
    const hook = validate(hookSchema, req.body, 'body');
    const asked = hook.request ?? hook.requester;
    if (asked === undefined || asked.grant_types?.some((type) => OF_NO_PERSON.has(type))) {
      return void res.sendStatus(204);
    }
    const { id_token: about } = hook.session;
    const subject = hook.subject ?? about?.subject ?? about?.id_token_claims?.sub ?? '';
    const user = await knownPerson(deps.users, subject);
    const slug = slugOf(await deps.hydra.client(asked.client_id));
    const entry = user && !isSuspended(user, deps.now()) ? await entryTo(deps, slug, user) : undefined;
    if (!user || !entry?.allowed) throw problem('permission_denied', 'The account has no access any more');
    const granted = asked.granted_scopes ?? [];
    // Hydra 2.3 names none when a code is exchanged (seen): what consent gave a moment ago stands.
    if (granted.length === 0) return void res.sendStatus(204);
    res.json({ session: tokenClaims(user, entry.role, granted) });
  };
  const claims = z.record(z.string(), z.unknown());
  return {
    ...{ method: 'post', path: '/hydra/token-hook', tag: 'sign-in pages' },
    summary: "Hydra's token hook: the claims of a token that is about to be issued",
    request: { body: { contentType: 'application/json', schema: hookSchema } },
    answers: {
      200: {
        description: 'The claims',
        schema: z.object({ session: z.object({ access_token: claims, id_token: claims }) }),
      },
      204: { description: 'Nothing to change: a token of no person, or no granted scopes are named' },
      400: { description: 'Not a hook of Hydra' },
      401: { description: 'Not Hydra' },
      403: { description: 'The person may have no token' },
      404: { description: 'Hydra knows no such client' },
      413: { description: 'The body is larger than 1 MiB' },
      415: { description: 'The body is not application/json' },
      503: { description: 'Hydra does not answer' },
    },
    handlers: [noStore, requireKey(key), ...jsonBody, answer],
  };
}
