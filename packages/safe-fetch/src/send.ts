import { FetchError } from './fetch-error.ts';
import { checkWhole, discard, type RequestContext, requestOnce } from './request.ts';
import { translateError } from './translate-error.ts';

export interface SendOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Of the answer. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Posts once and reads the answer; a redirect is an answer. @throws {FetchError}, or the reason of the signal. */
export async function sendOnce(
  context: RequestContext,
  address: string,
  options: SendOptions & { readonly signal: AbortSignal },
): Promise<Answer> {
  const { headers, body, maxBytes, signal } = options;
  const response = await requestOnce(context, address, { method: 'POST', headers, body, signal });
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw new FetchError('too_large', `The answer is larger than the ${maxBytes} bytes that are read.`);
      }
      chunks.push(chunk);
    }
    checkWhole(response);
  } catch (error) {
    discard(response);
    signal.throwIfAborted();
    throw translateError(error, response.url.host);
  }
  return { status: response.status, text: Buffer.concat(chunks).toString('utf8') };
}
