import type { IncomingMessage, ServerResponse } from 'node:http';

/** After this, whoever is still sending loses the connection. */
const LONGEST_MILLISECONDS = 30_000;

/**
 * Reads the rest of a refused body and throws it away once the refusal is out. Closing a connection on which bytes
 * still come makes the kernel reset it, and the answer is lost with it: clients see a broken pipe, and proxies take
 * the service for one that is down. Call it before the headers are written.
 */
export function readOffRest(req: IncomingMessage, res: ServerResponse): void {
  if (req.complete) return;
  // Proxies often ask for a close, which Node would do with the last byte of the answer.
  res.shouldKeepAlive = true;
  res.once('finish', () => {
    if (req.complete || req.destroyed) return;
    const deadline = setTimeout(() => req.socket.destroy(), LONGEST_MILLISECONDS);
    deadline.unref();
    req.once('close', () => clearTimeout(deadline));
    if (req.headers.connection === 'close') req.once('end', () => req.socket.end());
    // Whoever was reading it may have stopped for good.
    req.unpipe();
    req.resume();
  });
}
