import { problem } from '@flyloft/common';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { hashOfSecret } from '../../random-secret.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { jsonBody, noStore } from '../request-parts.ts';

const bodySchema = z.strictObject({ code: z.string().min(1).max(200) });
const answerSchema = z.object({
  token: z.string().describe('A user token'),
  expires_in: z.int().describe('Seconds'),
  userid: z.string().describe('The idhash'),
});

/** POST `/auth/exchange`: the user token for the code that a sign-in led back with (auth.md A2). */
export function exchangeCodeEndpoint(deps: SignInDependencies, limit: RequestHandler): Endpoint {
  const { signIns, issuer, origin, now } = deps;
  const handler: RequestHandler = async (req, res) => {
    const { code } = validate(bodySchema, req.body, 'body');
    const redeemed = await signIns.redeem(hashOfSecret(code), now());
    const sender = req.get('origin');
    // A page can only redeem what was sent to its own origin; servers send no Origin.
    const isForeign = sender !== undefined && sender !== origin && sender !== redeemed?.origin;
    if (redeemed === undefined || isForeign) {
      throw problem('invalid_parameter', 'The code is unknown, was used already or is older than a minute');
    }
    const { session } = redeemed;
    const expiresIn = Math.floor((session.expiresAt.getTime() - now().getTime()) / 1000);
    res.json({ token: await issuer.userToken(session), expires_in: expiresIn, userid: session.user.idhash });
  };
  return {
    method: 'post',
    path: '/auth/exchange',
    tag: 'sign-in',
    summary: 'Exchange a one-time code for a user token',
    request: { body: { schema: bodySchema } },
    answers: {
      200: { description: 'The token', schema: answerSchema },
      400: { description: 'The code is unknown, was used already or is older than a minute' },
      413: { description: 'The body is larger than 1 MiB' },
      415: { description: 'The body is not application/json' },
      429: { description: 'Too many requests' },
    },
    handlers: [noStore, limit, ...jsonBody, handler],
  };
}
