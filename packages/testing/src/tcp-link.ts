import type { Socket } from 'node:net';

/** What a network does that is neither there nor away (reliability.md E8). */
export type NetworkFault =
  /** Every piece arrives late. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** Nothing arrives, and nobody is told. What was sent meanwhile never comes: its connection stays silent for ever. */
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'trickle'; readonly bytesPerSecond: number }
  /** Connections are opened, and reset. */
  | { readonly kind: 'reset' };

/** The two halves of one connection through a proxy. */
export interface Link {
  /** @param fault None: all is well again. */
  suffer(fault: NetworkFault | undefined): void;
  destroy(): void;
}

/** A trickle is sent in so many pieces a second. */
const PIECES_PER_SECOND = 10;

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Passes on what comes from one half to the other, in order, as the network lets it. */
function createLane(from: Socket, to: Socket, faultNow: () => NetworkFault | undefined): void {
  let isLost = false;
  let sent = Promise.resolve();
  const then = (step: () => Promise<void> | void) => {
    sent = sent.then(step);
  };
  const send = async (chunk: Buffer): Promise<void> => {
    const fault = faultNow();
    if (fault?.kind === 'latency') await wait(fault.milliseconds);
    let rest = chunk;
    for (let now = faultNow(); now?.kind === 'trickle' && !to.destroyed; now = faultNow()) {
      const piece = Math.ceil(now.bytesPerSecond / PIECES_PER_SECOND);
      to.write(rest.subarray(0, piece));
      rest = rest.subarray(piece);
      if (rest.length === 0) return;
      await wait(1_000 / PIECES_PER_SECOND);
    }
    if (to.destroyed || to.write(rest)) return;
    await new Promise<void>((resolve) => to.once('drain', resolve).once('close', resolve));
  };
  from.on('data', (chunk: Buffer) => {
    isLost ||= faultNow()?.kind === 'blackhole';
    if (isLost) return;
    from.pause();
    then(() => send(chunk));
    then(() => void from.resume());
  });
  from.once('end', () => then(() => void to.end()));
  from.once('error', () => to.destroy());
  from.once('close', () => then(() => void to.destroy()));
}

/** Joins the half of a client to that of the engine. */
export function createLink(client: Socket, engine: Socket): Link {
  let fault: NetworkFault | undefined;
  const destroy = () => {
    client.destroy();
    engine.destroy();
  };
  createLane(client, engine, () => fault);
  createLane(engine, client, () => fault);
  return {
    destroy,
    suffer: (wanted) => {
      fault = wanted;
      if (wanted?.kind !== 'reset') return;
      client.resetAndDestroy();
      engine.destroy();
    },
  };
}
