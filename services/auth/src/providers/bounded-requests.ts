import { readBounded } from '../read-bounded.ts';
import { PROVIDER_TIMEOUT_MILLISECONDS } from './provider.ts';

interface RequestOptions {
  readonly host: string;
  readonly port: number | string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | number>>;
}

type Callback = (error: unknown, data?: string, response?: unknown) => void;

/** An answer that is JSON has to be an object or a list: `null` makes the libraries fall over. */
function refuseOddJson(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  if (typeof value !== 'object' || value === null) throw new Error('The answer is not an object');
}

async function send(protocol: string, options: RequestOptions, body: string | null): Promise<string> {
  // Node sets these itself.
  const { Host: _host, 'Content-Length': _length, ...headers } = options.headers;
  const answer = await fetch(`${protocol}//${options.host}:${options.port}${options.path}`, {
    method: options.method,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body: options.method === 'POST' ? body : null,
    redirect: 'error',
    signal: AbortSignal.timeout(PROVIDER_TIMEOUT_MILLISECONDS),
  });
  const text = await readBounded(answer);
  if (!answer.ok) throw new Error(`The provider answered ${answer.status}`);
  refuseOddJson(text);
  return text;
}

/**
 * The library that passport's strategies send their requests with waits for ever and reads without end, and
 * throws what its callbacks throw into the process. This replaces the one method that sends.
 */
export function boundRequests(strategy: object): void {
  const execute = (
    library: { globalAgent: { protocol?: string } },
    options: RequestOptions,
    body: string | null,
    callback: Callback,
  ) => {
    // `protocol` is on every agent of Node's, and in no type of it
    const protocol = library.globalAgent.protocol ?? 'https:';
    send(protocol, options, body).then(
      (text) => {
        try {
          callback(null, text, {});
        } catch (error) {
          callback(error);
        }
      },
      (error: unknown) => callback(error),
    );
  };
  // a "protected" member of passport-oauth2, for subclasses, and of its library; neither is in the types
  const { _oauth2: oauth2 } = strategy as unknown as {
    _oauth2: { _executeRequest: typeof execute; useAuthorizationHeaderforGET: (use: boolean) => void };
  };
  oauth2._executeRequest = execute;
  // Google's strategy puts the access token into the address otherwise.
  oauth2.useAuthorizationHeaderforGET(true);
}
