import { FetchError } from './fetch-error.ts';

const UNKNOWN_NAME = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_FAIL']);
const NO_CONNECTION = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTDOWN']);
const CUT = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);
/** What Node's parser of HTTP says. */
const NO_HTTP = /^HPE_/;
const SECURE = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED|EPROTO$)/;

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

export function cutOff(host: string, cause: unknown): FetchError {
  const message = `The connection to ${host} ended before all had arrived. Try again later.`;
  return new FetchError('cut_off', message, { isPassing: true, cause });
}

/**
 * What went wrong on the way, in words. Anything else, such as a full disk of ours, is answered as it is.
 * @param error What a socket, Node's HTTP client or a decompressor threw.
 */
export function translateError(error: unknown, host: string): unknown {
  if (error instanceof FetchError) return error;
  const code = codeOf(error);
  const passing = { isPassing: true, cause: error };
  if (UNKNOWN_NAME.has(code)) {
    const isPassing = code === 'EAI_AGAIN';
    const message = `The name ${host} is not known: check the spelling of the address.`;
    return new FetchError('unreachable', message, { isPassing, cause: error });
  }
  if (NO_CONNECTION.has(code)) {
    return new FetchError('unreachable', `${host} does not accept connections. Try again later.`, passing);
  }
  if (code === 'ETIMEDOUT') {
    return new FetchError('timed_out', `${host} took too long to send. Try again later.`, passing);
  }
  if (SECURE.test(code)) {
    const message = `The secure connection to ${host} failed (${code}): its certificate is not valid for us.`;
    return new FetchError('unreachable', message, { cause: error });
  }
  if (CUT.has(code) || NO_HTTP.test(code)) return cutOff(host, error);
  if (code === 'Z_BUF_ERROR') {
    return new FetchError('cut_off', `What ${host} sends ends too early. Try again later.`, passing);
  }
  if (code.startsWith('Z_') || code.startsWith('ERR__ERROR_') || code.startsWith('ERR_BROTLI')) {
    const message = `What ${host} sends is not compressed as it says.`;
    return new FetchError('content_refused', message, { cause: error });
  }
  return error;
}
