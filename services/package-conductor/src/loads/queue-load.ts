import type { Load, NewLoad, Registry } from '@flyloft/registry';
import { checkSameRequest, idempotencyKeyOf, inFlight, markReplayed, sha256 } from '@flyloft/service-kit';
import type { Request, Response } from 'express';
import { auditActing } from '../audit.ts';
import type { Person } from '../http/credentials.ts';
import type { Relay } from './relay.ts';

interface Queueing {
  readonly req: Request;
  readonly res: Response;
  readonly person: Person;
  readonly load: NewLoad;
  /** The body that the request is answered with. */
  readonly answer: (load: Load) => unknown;
}

interface Answered {
  readonly loadId: string;
  readonly body: unknown;
}

/** Once for an Idempotency-Key, however often it is sent (reliability.md E1). */
async function once(
  registry: Registry,
  key: string,
  { req, res, load, answer }: Queueing,
): Promise<Answered> {
  const { address, requestedBy, force = false, private: wanted = null } = load;
  const fingerprint = sha256(JSON.stringify([req.path, address, requestedBy, force, wanted]));
  const outcome = await registry.createLoadOnce(load, {
    keyHash: sha256(key),
    fingerprint,
    answer: (made) => JSON.stringify(answer(made)),
  });
  if (outcome.kind === 'in flight') throw inFlight();
  if (outcome.kind === 'made') return { loadId: outcome.load.id, body: JSON.parse(outcome.body) };
  checkSameRequest(outcome.fingerprint === fingerprint);
  markReplayed(res);
  return { loadId: outcome.loadId, body: JSON.parse(outcome.body) };
}

/**
 * Makes the durable row of a load and has it handed to the queue.
 * @throws {ProblemError} 400, 409 and 422 for an Idempotency-Key.
 */
export async function queueLoad(
  { registry, relay }: { readonly registry: Registry; readonly relay: Pick<Relay, 'kick'> },
  queueing: Queueing,
): Promise<Answered> {
  const { req, person, load: asked, answer } = queueing;
  const key = idempotencyKeyOf(req);
  const make = async () => {
    const { load } = await registry.createLoad(asked);
    return { loadId: load.id, body: answer(load) };
  };
  const answered = key === undefined ? await make() : await once(registry, key, queueing);
  await auditActing(registry, person, {
    owner: asked.requestedBy,
    action: 'package.load',
    subject: answered.loadId,
  });
  // The row is there, whatever happens to the queue now.
  relay.kick();
  return answered;
}
