import type { IncomingMessage, ServerResponse } from 'node:http';
import { problem } from '@flyloft/common';
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';
import { type Endpoint, enterEndpoint } from './endpoint.ts';

/** An address that Express and we read alike: nothing in its path is decoded, and what is behind it is a query. */
const PLAIN_ADDRESS = /^((?:\/[\w.~-]+)+)(\?[\x21\x22\x24-\x7e]*)?$/;

/** First segments of the addresses that every service has beside its endpoints (create-app.ts). */
const EVERY_SERVICE = new Set(['livez', 'readyz', 'version', 'openapi.json', 'docs']);

type Params = Record<string, string>;

/** Reads the parameters of a path that is cut at its slashes; undefined: another path. */
type Match = (segments: readonly string[]) => Params | undefined;

/** Undefined for a template that is more than texts and parameters between slashes. */
function compile(template: string): Match | undefined {
  if (!/^(?:\/:?[\w.~-]+)+$/.test(template)) return undefined;
  const parts = template.slice(1).split('/');
  return (segments) => {
    if (segments.length !== parts.length) return undefined;
    const params: Params = Object.create(null);
    for (const [index, part] of parts.entries()) {
      const segment = segments[index] ?? '';
      if (part.startsWith(':')) params[part.slice(1)] = segment;
      // Express does not tell capitals from small letters.
      else if (part.toLowerCase() !== segment.toLowerCase()) return undefined;
    }
    return params;
  };
}

interface DirectRoute {
  readonly method: string;
  readonly match: Match | undefined;
  readonly endpoint: Endpoint;
  readonly handlers: readonly RequestHandler[];
}

interface Found {
  readonly route: DirectRoute;
  readonly params: Params;
}

/** The first route of this method and path, when it is one that Express need not be asked for. */
function find(routes: readonly DirectRoute[], { method, url = '' }: IncomingMessage): Found | undefined {
  const [, path, query] = PLAIN_ADDRESS.exec(url) ?? [];
  if (path === undefined) return undefined;
  const segments = path.slice(1).split('/');
  if (EVERY_SERVICE.has((segments[0] ?? '').toLowerCase())) return undefined;
  for (const route of routes) {
    if (route.method !== method) continue;
    // Whether such a template matches is for Express to say.
    if (route.match === undefined) return undefined;
    const params = route.match(segments);
    if (params === undefined) continue;
    const { direct } = route.endpoint;
    return direct === 'with a query' || (direct && query === undefined) ? { route, params } : undefined;
  }
  return undefined;
}

/** Runs handlers one after the other, as Express's router does. */
function run(
  handlers: readonly RequestHandler[],
  [req, res]: readonly [Request, Response],
  onError: (error: unknown) => void,
): void {
  let index = 0;
  const next = (error?: unknown) => {
    const handler = handlers[index];
    index += 1;
    if (error || handler === undefined) {
      onError(error ?? problem('not_found'));
      return;
    }
    try {
      const running: unknown = handler(req, res, next);
      if (running instanceof Promise) running.catch(onError);
    } catch (thrown) {
      onError(thrown);
    }
  };
  next();
}

/** The messages of runService's servers have it already (message-classes.ts). */
function withPrototype<T extends object>(message: object, prototype: T): T {
  const isMade = Object.prototype.isPrototypeOf.call(prototype, message);
  // it has the prototype either way
  return (isMade ? message : Object.setPrototypeOf(message, prototype)) as T;
}

export interface DirectOptions {
  readonly endpoints: readonly Endpoint[];
  /** What runs before every endpoint. */
  readonly always: readonly RequestHandler[];
  readonly onError: ErrorRequestHandler;
}

/** What Express calls for every request; its types leave it out. */
interface Handling {
  handle: (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void;
}

/**
 * Lets requests to `direct` endpoints pass by the router, which walks all that stands before a route: the same
 * handlers run on the same objects in the same order. Whatever is not plain (an encoded path, a query, another
 * method) is Express's as before.
 */
export function passDirectly(app: Express, { endpoints, always, onError }: DirectOptions): void {
  if (!endpoints.some(({ direct }) => direct)) return;
  const routes = endpoints.map(
    (endpoint): DirectRoute => ({
      method: endpoint.method.toUpperCase(),
      match: compile(endpoint.path),
      endpoint,
      handlers: [...always, enterEndpoint(endpoint), ...endpoint.handlers],
    }),
  );
  const handling = app as unknown as Handling;
  const throughRouter = handling.handle.bind(app);
  handling.handle = (message, answer, next) => {
    const found = find(routes, message);
    if (found === undefined) return throughRouter(message, answer, next);
    // What Express makes of them (its application.js and router).
    const req: Request = withPrototype(message, app.request);
    const res: Response = withPrototype(answer, app.response);
    req.res = res;
    res.req = req;
    res.locals = Object.create(null);
    req.baseUrl = '';
    req.originalUrl = req.url;
    req.params = found.params;
    const { endpoint, handlers } = found.route;
    if (endpoint.matches !== undefined && !endpoint.matches(req)) return throughRouter(message, answer, next);
    run(handlers, [req, res], (error) => onError(error, req, res, () => req.socket.destroy()));
  };
}
