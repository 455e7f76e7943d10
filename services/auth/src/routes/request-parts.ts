import { problem } from '@flyloft/common';
import { clientNetwork, requestIdOf } from '@flyloft/service-kit';
import express, { type Request, type RequestHandler } from 'express';
import type { Asker } from '../tokens/holder.ts';

/** Auth's bodies (auth.md A7.11). */
const BODY_LIMIT = '1mb';

const DANGEROUS_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

function refuseOddParameters(parameters: object): void {
  for (const [name, value] of Object.entries(parameters)) {
    const reason = DANGEROUS_NAMES.has(name)
      ? 'is not a parameter'
      : Array.isArray(value)
        ? 'may be given only once'
        : undefined;
    if (reason === undefined) continue;
    const detail = `"${name}" ${reason}`;
    throw problem('invalid_parameter', detail, { errors: [{ parameter: name, detail }] });
  }
}

const checkParameters: RequestHandler = (req, _res, next) => {
  refuseOddParameters(req.query);
  if (req.is('application/x-www-form-urlencoded') && typeof req.body === 'object') {
    refuseOddParameters(req.body ?? {});
  }
  next();
};

/** The parameters of the kept endpoints, in the query or a form; each at most once (auth.md D25). */
export const keptParameters: readonly RequestHandler[] = [
  express.urlencoded({ extended: false, limit: BODY_LIMIT }),
  checkParameters,
];

const requireJson: RequestHandler = (req, _res, next) => {
  // null, and a length of 0: no body at all, which the schema then finds missing
  if (req.get('content-length') !== '0' && req.is('application/json') === false)
    throw problem('unsupported_media_type', 'Send application/json');
  next();
};

/** A JSON body. */
export const jsonBody: readonly RequestHandler[] = [requireJson, express.json({ limit: BODY_LIMIT })];

/** Answers with tokens or people in them are nobody's to keep. */
export const noStore: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'no-store');
  next();
};

/** Who asks, as far as a request says. */
export function askerOf(req: Request): Asker {
  return {
    address: clientNetwork(req.ip),
    requestId: req.res === undefined ? '' : requestIdOf(req.res),
    userAgent: req.get('user-agent') ?? null,
  };
}
