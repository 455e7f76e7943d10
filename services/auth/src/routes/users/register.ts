import { findToken, type OutsideTokens, unauthorized } from '@flyloft/common';
import { type Endpoint, requestIdOf, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { plainText } from '../../plain-text.ts';
import type { OutsideUsers } from '../../users/outside-users.ts';
import { userAnswer, userSchema } from '../admin/user-answer.ts';
import { jsonBody, noStore } from '../request-parts.ts';

export interface RegisterDependencies {
  readonly outsideTokens: OutsideTokens;
  readonly outsideUsers: OutsideUsers;
  readonly now: () => Date;
}

const bodySchema = z.strictObject({ display_name: plainText(60) });

/**
 * POST `/users`: registers the holder of a trusted issuer's token (auth.md A3, A7.8). The one endpoint
 * that needs a valid token but no person yet.
 */
export function registerEndpoint({ outsideTokens, outsideUsers, now }: RegisterDependencies): Endpoint {
  const verify: RequestHandler = async (req, res, next) => {
    const token = findToken(req, ['authorization']);
    if (token === undefined) throw unauthorized('token_missing');
    res.locals.outside = await outsideTokens.verify(token);
    next();
  };
  const handler: RequestHandler = async (req, res) => {
    const { display_name } = validate(bodySchema, req.body, 'body');
    // set by `verify` above
    const claims = res.locals.outside as Awaited<ReturnType<OutsideTokens['verify']>>;
    const user = await outsideUsers.register(claims, display_name, { requestId: requestIdOf(res) });
    res.status(201).json(userAnswer(user, now()));
  };
  return {
    ...{ method: 'post', path: '/users', tag: 'sign-in', secured: true },
    summary: "Register the holder of a trusted issuer's token",
    request: { body: { schema: bodySchema } },
    answers: {
      201: { description: 'The person', schema: userSchema },
      400: { description: 'The body is not valid; every fault is named' },
      401: { description: 'No token, or none of a trusted issuer (TRUSTED_ISSUERS)' },
      409: { description: 'Registered already' },
      413: { description: 'The body is larger than 1 MiB' },
      415: { description: 'The body is not application/json' },
      503: { description: "The issuer's keys could never be fetched" },
    },
    handlers: [noStore, verify, ...jsonBody, handler],
  };
}
