import { ExpectedError } from './expected-error.ts';
import type { PlatformDescription } from './platform-file.ts';

/** A token for one service, and whose it is. */
export interface ServiceAccess {
  readonly token: string;
  readonly userid: string;
}

/** Speaks to a running platform by its public HTTP contract and nothing else. */
export interface PlatformClient {
  readonly origin: string;
  /** Trades the administrator's token for a service token at `/auth/authorize`. */
  readonly authorize: (service: string) => Promise<ServiceAccess>;
  /** @throws {ExpectedError} with the answer's text when the status is not 2xx. */
  readonly call: (path: string, init?: RequestInit) => Promise<string>;
}

const TIMEOUT_MILLISECONDS = 60_000;

/** What `fetch` hides: why nothing answered. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause) return String(cause.code);
  return cause instanceof Error ? cause.message : String(cause);
}

/** What an answer says: the sentence of a problem (RFC 9457), else its text. */
function sentenceOf(text: string): string {
  try {
    const { detail, title } = Object(JSON.parse(text));
    return typeof detail === 'string' ? detail : typeof title === 'string' ? title : text;
  } catch {
    return text;
  }
}

export function createPlatformClient({
  origin,
  adminToken,
}: Pick<PlatformDescription, 'origin' | 'adminToken'>): PlatformClient {
  const call = async (path: string, init: RequestInit = {}): Promise<string> => {
    const url = new URL(path, origin);
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    const answer = await fetch(url, { signal, ...init }).catch((error: unknown) => {
      throw new ExpectedError(
        `${url.origin} does not answer (${reasonOf(error)}): is the platform running?`,
        {
          cause: error,
        },
      );
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw new ExpectedError(
        `${init.method ?? 'GET'} ${url.pathname} answered ${answer.status}: ${sentenceOf(text)}`,
      );
    }
    return text;
  };
  return {
    origin,
    call,
    authorize: async (service) => {
      const answer: unknown = JSON.parse(
        await call(`/auth/authorize?service=${service}`, {
          headers: { Authorization: `Bearer ${adminToken}` },
        }),
      );
      if (typeof answer === 'object' && answer !== null && 'token' in answer && 'userid' in answer) {
        return { token: String(answer.token), userid: String(answer.userid) };
      }
      throw new ExpectedError(
        `${origin} does not take the token: it was revoked, has expired, or belongs to another platform (service ${service}).`,
      );
    },
  };
}
