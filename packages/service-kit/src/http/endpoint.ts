import { problem } from '@flyloft/common';
import type { Express, Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { type ErrorRenderer, setErrorRenderer } from './errors.ts';

export type HttpMethod = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'options';

/** What a body holds, in the form that is usual and in others. */
interface BodyDescription {
  /** Default `application/json`. */
  readonly contentType?: string;
  /** The same in other forms, by their content types. */
  readonly otherForms?: Readonly<Record<string, z.ZodType>>;
}

/**
 * One answer that an endpoint can give, for the OpenAPI document. A refusal (4xx, 5xx) without a schema
 * has the body that the endpoint's error renderer writes.
 */
export interface AnswerDescription extends BodyDescription {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly headers?: z.ZodObject;
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
    readonly body?: BodyDescription & { readonly schema: z.ZodType };
  };
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** How errors look on this endpoint; default RFC 9457. */
  readonly errors?: ErrorRenderer;
  /** A rule that path templates cannot say; where it does not hold, there is no such endpoint. */
  readonly matches?: (req: Request) => boolean;
  /**
   * Where requests are so many that the router's walk is felt: they pass by it (direct.ts), answered alike. True: those
   * without a query.
   */
  readonly direct?: boolean | 'with a query';
  readonly handlers: readonly RequestHandler[];
}

/** The path template that answered this request, for logs and metrics; `unmatched` when none did. */
export function routeOf(res: Response): string {
  return typeof res.locals.route === 'string' ? res.locals.route : 'unmatched';
}

/** The methods of these endpoints, with HEAD where there is GET. */
function methodsOf(endpoints: readonly Endpoint[]): string[] {
  const methods = endpoints.flatMap(({ method }) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  return [...new Set([...methods, 'OPTIONS'])];
}

/** OPTIONS is answered by what there is, every other method by 405; both say what is allowed. */
function answerOtherMethods(endpoints: readonly Endpoint[]): RequestHandler {
  return (req, res, next) => {
    const matching = endpoints.filter(({ matches }) => matches?.(req) ?? true);
    const headers = { Allow: methodsOf(matching).join(', ') };
    if (matching.length === 0) next();
    else if (req.method === 'OPTIONS') res.set(headers).status(200).end();
    else next(problem('method_not_allowed', undefined, { headers }));
  };
}

/** Runs before the endpoint's own handlers. */
export function enterEndpoint(endpoint: Endpoint): RequestHandler {
  return (req, res, next) => {
    if (endpoint.matches !== undefined && !endpoint.matches(req)) {
      next('route');
      return;
    }
    res.locals.route = endpoint.path;
    if (endpoint.errors) setErrorRenderer(res, endpoint.errors);
    next();
  };
}

/** Mounts endpoints in their order, and `Allow` for every other method of a known path. */
export function mountEndpoints(app: Express, endpoints: readonly Endpoint[]): void {
  for (const endpoint of endpoints) {
    app[endpoint.method](endpoint.path, enterEndpoint(endpoint), ...endpoint.handlers);
  }
  for (const path of new Set(endpoints.map((endpoint) => endpoint.path))) {
    app.all(path, answerOtherMethods(endpoints.filter((endpoint) => endpoint.path === path)));
  }
}
