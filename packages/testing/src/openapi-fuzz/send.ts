import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { PlannedRequest } from './plan.ts';

export interface FuzzAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Sender {
  /**
   * The answer; undefined when the request was meant to be cut.
   * @throws when the connection breaks, or nothing comes in time.
   */
  readonly send: (planned: PlannedRequest) => Promise<FuzzAnswer | undefined>;
  readonly close: () => void;
}

async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Sends a part of the body and cuts the connection: the service must bear it. */
function cutShort(asking: ClientRequest, body: Buffer): Promise<undefined> {
  return new Promise((resolve) => {
    asking.once('error', () => resolve(undefined));
    asking.once('close', () => resolve(undefined));
    asking.write(body, () => asking.destroy());
    if (body.length === 0) asking.destroy();
  });
}

function answerTo(asking: ClientRequest, body: Buffer | undefined): Promise<FuzzAnswer> {
  return new Promise((resolve, reject) => {
    asking.once('error', reject);
    asking.once('timeout', () => asking.destroy(new Error('no answer in time')));
    asking.once('response', (answer) => {
      bodyOf(answer)
        .then((bytes) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes }))
        .catch(reject);
    });
    asking.end(body);
  });
}

function headersOf({ headers, body }: PlannedRequest): string[] {
  const length = body === undefined ? [] : ['Content-Length', String(body.length)];
  return [...headers.flat(), ...length];
}

/** Sends requests to one origin as they are, over connections that are kept. */
export function createSender(origin: string, timeoutMilliseconds: number): Sender {
  const { hostname, port } = new URL(origin);
  const agent = new Agent({ keepAlive: true });
  const open = (planned: PlannedRequest) => {
    const { method, target: path } = planned;
    const headers = ['Host', `${hostname}:${port}`, ...headersOf(planned)].filter(
      (_, index, all) => !isSecondHost(all, index),
    );
    return request({ hostname, port, agent, method, path, headers, timeout: timeoutMilliseconds });
  };
  const send = async (planned: PlannedRequest, isAgain = false): Promise<FuzzAnswer | undefined> => {
    const { body, cutAfter } = planned;
    const asking = open(planned);
    if (cutAfter !== undefined && body !== undefined) return cutShort(asking, body.subarray(0, cutAfter));
    try {
      return await answerTo(asking, body);
    } catch (error) {
      // A kept connection that the service closed in that moment says nothing about the request.
      if (asking.reusedSocket && !isAgain) return send(planned, true);
      throw error;
    }
  };
  return { send, close: () => agent.destroy() };
}

/** Host is sent once: the first, unless a request brings its own. */
function isSecondHost(all: readonly string[], index: number): boolean {
  const pair = index - (index % 2);
  return pair === 0 && all.slice(2).some((text, place) => place % 2 === 0 && text.toLowerCase() === 'host');
}
