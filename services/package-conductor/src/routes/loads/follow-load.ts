import { isFinalStatus } from '@flyloft/common';
import type { Load } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import { toLoadBody } from '../../loads/load-answers.ts';
import { signatureOf, stepsBetween } from '../../loads/load-steps.ts';
import { type LoadsDependencies, ownLoad } from '../../loads/own-load.ts';

/** Proxies cut connections that are silent for a minute. */
const KEEP_ALIVE_SECONDS = 15;
const RETRY_MILLISECONDS = 2_000;

function eventText(load: Load): string {
  return `id: ${signatureOf(load)}\nevent: load\ndata: ${JSON.stringify(toLoadBody(load))}\n\n`;
}

function begin(res: Response): void {
  res.set({
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    // nginx would hold events back otherwise
    'X-Accel-Buffering': 'no',
  });
  res.flushHeaders();
  res.write(`retry: ${RETRY_MILLISECONDS}\n\n`);
}

/** Sends each change until the load has ended or nobody listens any more. */
function stream(res: Response, load: Load, follow: LoadsDependencies['loadWatch']['follow']): void {
  let seen: Load | undefined;
  let leave: () => void = () => undefined;
  const look = (found: Load) => {
    // Who reads slowly is told later, and of the last state, not of a growing pile of old ones.
    if (res.writableNeedDrain) return;
    for (const step of stepsBetween(seen, found)) res.write(eventText(step));
    seen = found;
    if (!isFinalStatus(found.status)) return;
    leave();
    res.end();
  };
  if (!isFinalStatus(load.status)) leave = follow(load.id, { look, stop: () => res.end() });
  begin(res);
  const keepAlive = setInterval(() => res.write(': keep-alive\n\n'), KEEP_ALIVE_SECONDS * 1000);
  res.once('close', () => {
    clearInterval(keepAlive);
    leave();
  });
  look(load);
}

function answer({ registry, loadWatch }: LoadsDependencies): RequestHandler {
  return async (req, res) => {
    const load = await ownLoad(registry, req, res);
    // The last event was seen: this is how a browser is told not to come again.
    const isOver = isFinalStatus(load.status) && req.get('last-event-id') === signatureOf(load);
    if (isOver) res.status(204).end();
    else if (req.method === 'HEAD') res.type('text/event-stream').end();
    else stream(res, load, loadWatch.follow);
  };
}

/** GET `/loads/{id}/events`: a load as it goes, as server-sent events. */
export function followLoadEndpoint(dependencies: LoadsDependencies): Endpoint {
  return {
    method: 'get',
    path: '/loads/:id/events',
    tag: 'loads',
    summary: 'Follow a load by server-sent events',
    description:
      'An `event: load` with the load as `data` for each change, first of all the load as it is; the stream ends when the load has. EventSource, which sends no headers, puts its token into `jwt`.',
    secured: true,
    request: {
      params: z.object({ id: z.string() }),
      query: z.object({ jwt: z.string().optional() }),
      headers: z.object({ 'last-event-id': z.string().optional() }),
    },
    answers: {
      200: { description: 'The stream', contentType: 'text/event-stream', schema: z.string() },
      204: { description: 'The load has ended, and its last event was the one that `Last-Event-ID` names' },
      401: { description: 'No good token' },
      404: { description: 'There is no such load, or not for the caller' },
      503: { description: 'Too many follow loads at this moment' },
    },
    handlers: [dependencies.credentials.needToken, answer(dependencies)],
  };
}
