import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { FetchError } from './fetch-error.ts';

export interface ExchangeOptions {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  readonly headTimeoutSeconds: number;
  readonly idleTimeoutSeconds: number;
  readonly signal: AbortSignal;
}

const tooSlow = (host: string) =>
  new FetchError('timed_out', `${host} took too long to send. Try again later.`, { isPassing: true });

/** Ends an answer that does not go on. A reader of ours that is slow is no fault of the server's. */
function limitPauses(response: IncomingMessage, socket: Socket, seconds: number, host: string): void {
  const arm = () => socket.setTimeout(seconds * 1000);
  socket.on('timeout', () => {
    if (response.readableLength > 0) arm();
    else response.destroy(tooSlow(host));
  });
  arm();
}

/**
 * Whatever ends the connection ends the answer with an error. Node itself takes an answer without a length
 * for whole when its connection is reset, and says that only to the request.
 */
function tieTo(exchange: ClientRequest, response: IncomingMessage): void {
  exchange.on('error', (error) => response.destroy(error));
  response.on('error', () => undefined);
}

/**
 * One request over a connection of its own, which ends with it; answers as soon as the head is there.
 * @throws what the socket or Node's parser threw, {FetchError} `timed_out`, or the reason of the signal.
 */
export function exchange(url: URL, socket: Socket, options: ExchangeOptions): Promise<IncomingMessage> {
  const { method, headers, body, signal, headTimeoutSeconds, idleTimeoutSeconds } = options;
  return new Promise((resolve, reject) => {
    const asked = request({
      ...{ method, path: `${url.pathname}${url.search}` },
      headers: { ...headers, host: url.host, connection: 'close' },
      createConnection: () => socket,
    });
    const stop = () => asked.destroy(signal.reason);
    const timer = setTimeout(() => asked.destroy(tooSlow(url.host)), headTimeoutSeconds * 1000);
    asked.on('error', reject);
    asked.once('response', (response) => {
      clearTimeout(timer);
      tieTo(asked, response);
      limitPauses(response, socket, idleTimeoutSeconds, url.host);
      resolve(response);
    });
    asked.once('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      // such as one that changes the protocol: neither an answer nor an error
      reject(Object.assign(new Error('no answer'), { code: 'ECONNRESET' }));
    });
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    asked.end(body);
  });
}
