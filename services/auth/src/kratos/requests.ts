import { problem } from '@flyloft/common';
import type { z } from 'zod';
import { readBounded } from '../read-bounded.ts';

export interface KratosRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface KratosAnswer {
  readonly status: number;
  /** Undefined: the answer had no body. */
  readonly json: unknown;
  readonly headers: Headers;
}

export type SendToKratos = (request: KratosRequest) => Promise<KratosAnswer>;

const RETRY_SECONDS = '5';

/** Kratos is away, or is none. The log has the cause. */
export const kratosFailed = (cause: unknown) =>
  problem(
    'unavailable',
    'Ory Kratos, which knows who people are here, does not answer. Try again in a moment.',
    {
      headers: { 'Retry-After': RETRY_SECONDS },
      cause,
    },
  );

/** Parses what Kratos answered. @throws {ProblemError} 503 when it is not what it should be. */
export function read<S extends z.ZodType>(schema: S, json: unknown): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw kratosFailed(new Error(`Kratos' answer is wrong at: ${places || 'its root'}`));
}

/**
 * Sends requests to one side of Kratos, each with a limit to time and size. What it refuses (4xx) is answered.
 * @throws {ProblemError} 503 for no answer, 5xx, 429, and what is no JSON.
 */
export function createKratosRequests(baseUrl: string, timeoutMilliseconds: number): SendToKratos {
  const base = baseUrl.replace(/\/+$/, '');
  return async ({ method = 'GET', path, query = {}, headers = {}, body }) => {
    const search = new URLSearchParams({ ...query }).toString();
    const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
    try {
      const answer = await fetch(`${base}${path}${search && `?${search}`}`, {
        method,
        headers: { Accept: 'application/json', ...json, ...headers },
        body: body === undefined ? null : JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMilliseconds),
      });
      const text = await readBounded(answer);
      const { status } = answer;
      if (status >= 500 || status === 429) throw new Error(`Kratos answered ${status}`);
      return { status, json: text === '' ? undefined : JSON.parse(text), headers: answer.headers };
    } catch (cause) {
      // The text of an answer that is no JSON would stand in the error: it may hold secrets.
      throw kratosFailed(cause instanceof SyntaxError ? new Error('Kratos did not answer in JSON') : cause);
    }
  };
}
