import { type Endpoint, requestIdOf, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { KeyAdministration, KeyDescription } from '../../keys/key-administration.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { adminErrors } from './admin-errors.ts';
import { holderOf, requireRight } from './require-right.ts';

export interface KeyDependencies {
  readonly sources: HolderSources;
  readonly keys: KeyAdministration;
  readonly now: () => Date;
}

const time = z.iso.datetime().nullable();
const keySchema = z.object({
  kid: z.string(),
  state: z.enum(['next', 'active', 'retiring', 'retired']),
  created_at: z.iso.datetime(),
  activated_at: time,
  retiring_at: time,
  retired_at: time,
});
const keysSchema = z.object({ keys: z.array(keySchema) });
const rotateSchema = z.strictObject({
  force: z.boolean().default(false).describe('True: also before every verifier can know the next key'),
});

function keyAnswer(key: KeyDescription): z.output<typeof keySchema> {
  return {
    kid: key.kid,
    state: key.state,
    created_at: key.createdAt.toISOString(),
    activated_at: key.activatedAt?.toISOString() ?? null,
    retiring_at: key.retiringAt?.toISOString() ?? null,
    retired_at: key.retiredAt?.toISOString() ?? null,
  };
}

/** `/admin/keys`: list, rotate, retire (auth.md A1, part D row 24). */
export function keyAdministrationEndpoints({ sources, keys, now }: KeyDependencies): Endpoint[] {
  const shared = { tag: 'administration', secured: true } as const;
  const mayRotate = requireRight(sources, { all: ['key:rotate:any'] });
  const contextOf = (res: Parameters<RequestHandler>[1]) => ({
    actor: holderOf(res).user.id,
    requestId: requestIdOf(res),
  });
  const list: RequestHandler = async (_req, res) => {
    res.json({ keys: (await keys.list()).map(keyAnswer) });
  };
  const rotate: RequestHandler = async (req, res) => {
    const { force } = validate(rotateSchema, req.body ?? {}, 'body');
    const after = await keys.rotate({ now: now(), force }, contextOf(res));
    res.json({ keys: after.map(keyAnswer) });
  };
  const retire: RequestHandler = async (req, res) => {
    res.json(keyAnswer(await keys.retire(String(req.params.kid), now(), contextOf(res))));
  };
  return [
    {
      ...{ ...shared, method: 'get', path: '/admin/keys', summary: 'The signing keys, newest first' },
      answers: { 200: { description: 'Never their private halves', schema: keysSchema }, ...adminErrors },
      handlers: [noStore, requireRight(sources, { any: ['key:read:any', 'key:rotate:any'] }), list],
    },
    {
      ...{ ...shared, method: 'post', path: '/admin/keys/rotate', summary: 'Let the next key sign' },
      request: { body: { schema: rotateSchema } },
      answers: {
        200: { description: 'All keys', schema: keysSchema },
        ...adminErrors,
        409: { description: 'The next key was published too lately; Retry-After says how long to wait' },
      },
      handlers: [noStore, mayRotate, ...jsonBody, rotate],
    },
    {
      ...{
        ...shared,
        method: 'post',
        path: '/admin/keys/:kid/retire',
        summary: 'Refuse all that a retiring key signed',
      },
      request: { params: z.object({ kid: z.string() }) },
      answers: {
        200: { description: 'The key', schema: keySchema },
        ...adminErrors,
        404: { description: 'No signing key has this id' },
        409: { description: 'The key is not retiring, or not for a minute yet' },
      },
      handlers: [noStore, mayRotate, retire],
    },
  ];
}
