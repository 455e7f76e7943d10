import type { Duplex } from 'node:stream';

/** A connection of the driver `pg`. */
interface DatabaseClient {
  readonly connection: { readonly stream: Duplex };
}

/** What a socket has, with or without TLS, and the driver's own type does not tell of. */
interface Timed {
  setTimeout?: (milliseconds: number) => unknown;
}

/**
 * Ends a connection over which nothing has come or gone for so long: a network that swallows what is sent tells
 * nobody, and a query would wait for its answer for ever (reliability.md E8). The query fails as when the
 * connection is cut, and the pool makes another one. An idle connection ends too, which costs nothing.
 * @param client Connected, and not used for LISTEN. What was said of it before no longer holds.
 * @param seconds More than the longest statement takes.
 */
export function endWhenSilent({ connection: { stream } }: DatabaseClient, seconds: number): void {
  // a socket
  const socket = stream as Duplex & Timed;
  socket.setTimeout?.(seconds * 1000);
  if (socket.listenerCount('timeout') > 0) return;
  socket.on('timeout', () => {
    socket.destroy(Object.assign(new Error('The database is silent'), { code: 'ETIMEDOUT' }));
  });
}
