import { problem, unauthorized } from '@flyloft/common';
import type { RequestHandler } from 'express';

const TOKEN = /^[\w~+/=-]{8,512}$/;

/**
 * Takes `X-Session-Token`, in which programs show Kratos a session, for `Authorization: Bearer`: from here on
 * it is one more kind of token.
 * @throws {ProblemError} 400 where another token stands beside it, 401 for what cannot be one.
 */
export const sessionTokenHeader: RequestHandler = (req, _res, next) => {
  const [token, ...more] = req.headersDistinct['x-session-token'] ?? [];
  if (token === undefined) return next();
  if (more.length > 0 || (req.get('authorization') ?? `Bearer ${token}`) !== `Bearer ${token}`) {
    throw problem('conflicting_tokens');
  }
  if (!TOKEN.test(token)) throw unauthorized('token_invalid', 'X-Session-Token holds no session token');
  req.headers.authorization = `Bearer ${token}`;
  req.headersDistinct.authorization = [`Bearer ${token}`];
  next();
};
