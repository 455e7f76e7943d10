import type { Express, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { type ErrorRenderer, setErrorRenderer } from './errors.ts';

export type HttpMethod = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'options';

/** One answer that an endpoint can give, for the OpenAPI document. */
export interface AnswerDescription {
  readonly description: string;
  readonly contentType?: string;
  readonly schema?: z.ZodType;
}

/**
 * One endpoint: its address, its documentation and its handlers, kept together in one file
 * (`routes/<resource>/<verb-noun>.ts`). The OpenAPI document is made from nothing else.
 */
export interface Endpoint {
  readonly method: HttpMethod;
  /** An Express 5 path template; it is also the `route` label of the metrics. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** True when a bearer token is needed, or honoured. */
  readonly secured?: boolean;
  readonly request?: {
    readonly params?: z.ZodObject;
    readonly query?: z.ZodObject;
    readonly headers?: z.ZodObject;
    readonly body?: { readonly contentType?: string; readonly schema: z.ZodType };
  };
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** How errors look on this endpoint; default RFC 9457. */
  readonly errors?: ErrorRenderer;
  readonly handlers: readonly RequestHandler[];
}

/** The path template that answered this request, for logs and metrics; `unmatched` when none did. */
export function routeOf(res: Response): string {
  return typeof res.locals.route === 'string' ? res.locals.route : 'unmatched';
}

/** Mounts endpoints in their order, and a 405 with `Allow` for every other method of a known path. */
export function mountEndpoints(app: Express, endpoints: readonly Endpoint[]): void {
  for (const endpoint of endpoints) {
    const enter: RequestHandler = (_req, res, next) => {
      res.locals.route = endpoint.path;
      if (endpoint.errors) setErrorRenderer(res, endpoint.errors);
      next();
    };
    app[endpoint.method](endpoint.path, enter, ...endpoint.handlers);
  }
}

/** The methods that each path template knows, with HEAD where there is GET; for 405 answers. */
export function methodsByPath(endpoints: readonly Endpoint[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of endpoints) {
    const known = methods.get(path) ?? [];
    const added = method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];
    methods.set(path, [...known, ...added]);
  }
  return methods;
}
