import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { KeyRing } from '../../keys/key-ring.ts';

// Verifiers ask again for a kid that they do not know; this only bounds how long a retired key is kept.
// Far below the time that a key is published before it signs (PUBLISHED_SECONDS).
const CACHE_CONTROL = 'public, max-age=300';

const keySetSchema = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

function endpoint(path: string, summary: string, type: string, handler: RequestHandler): Endpoint {
  const schema = type === 'application/json' ? keySetSchema : z.string();
  return {
    method: 'get',
    path,
    direct: true,
    tag: 'keys',
    summary,
    answers: { 200: { description: 'Public halves only', contentType: type, schema } },
    handlers: [handler],
  };
}

/** The JSON of an object that is replaced, never changed: made once for each. */
function textOnce(): (value: object) => string {
  const texts = new WeakMap<object, string>();
  return (value) => {
    const text = texts.get(value) ?? JSON.stringify(value);
    texts.set(value, text);
    return text;
  };
}

/** The keys that tokens are verified with: as a key set, and as the PEM that older clients read. */
export function keyEndpoints(keyRing: KeyRing): Endpoint[] {
  const textOf = textOnce();
  // Every service asks for it, and it changes with a rotation: written as it is, without res.json's work on each answer.
  const showKeySet: RequestHandler = (_req, res) => {
    const text = textOf(keyRing.jwks);
    res.setHeader('Cache-Control', CACHE_CONTROL);
    res.setHeader('Content-Type', 'application/json; charset=utf-8');
    res.setHeader('Content-Length', Buffer.byteLength(text));
    res.end(text);
  };
  const showPem: RequestHandler = (_req, res) => {
    res.set('Cache-Control', CACHE_CONTROL).type('text/plain').send(keyRing.active.publicPem);
  };
  return [
    endpoint('/.well-known/jwks.json', 'The public keys (RFC 7517)', 'application/json', showKeySet),
    endpoint('/auth/public-key', 'The active public key as PEM', 'text/plain', showPem),
    endpoint('/user/public-key', 'The active public key as PEM', 'text/plain', showPem),
  ];
}
