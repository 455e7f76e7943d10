import { Agent, createServer } from 'node:http';
import { readOffRest } from '@flyloft/service-kit';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { ExpectedError } from '../platform/expected-error.ts';
import { HOST } from '../platform/ports.ts';
import type { ServiceName } from '../platform/services.ts';
import { serviceFor } from './routes.ts';
import { welcomePage } from './welcome-page.ts';

export interface Gateway {
  readonly stop: () => Promise<void>;
}

/**
 * A connection for each request, which stays open until the request is sent as well: a service may answer before
 * it has read a body that it refuses. None is used twice, so none can close as it is taken.
 */
const untilSent = Object.assign(new Agent({ keepAlive: true }), { keepSocketAlive: () => false });

function sendProblem(res: express.Response, status: number, code: string, title: string): void {
  res.status(status).type('application/problem+json');
  res.send(JSON.stringify({ type: `urn:flyloft:problem:${code}`, title, status, code }));
}

/**
 * The one origin that browsers and old clients expect, in the local stack; in production nginx or
 * Caddy take its place (infra/gateway/). It only forwards: no service depends on it.
 */
export async function startGateway(
  port: number,
  urls: Readonly<Record<ServiceName, string>>,
  onAnswer: (method: string, address: string, status: number) => void = () => undefined,
): Promise<Gateway> {
  const app = express();
  app.disable('x-powered-by');
  app.get('/', (_req, res) => {
    res.type('html').send(welcomePage(urls));
  });
  app.get('/livez', (_req, res) => {
    res.json({ status: 'ok' });
  });
  app.use((req, res, next) => {
    if (serviceFor(req.method, req.path) === undefined) sendProblem(res, 404, 'not_found', 'Not found');
    else next();
  });
  app.use(
    createProxyMiddleware<express.Request, express.Response>({
      target: urls.auth,
      router: (req) => urls[serviceFor(req.method ?? 'GET', req.path) ?? 'auth'],
      xfwd: true,
      agent: untilSent,
      on: {
        proxyRes: (answer, req, res) => {
          // Whether the client's connection stays open is between it and us.
          answer.headers.connection = req.complete ? req.headers.connection : 'keep-alive';
          readOffRest(req, res);
          onAnswer(req.method, req.originalUrl, answer.statusCode ?? 0);
        },
        error: (_error, _req, res) => {
          // The other kind of response is a bare socket of an upgrade, which nothing here does.
          if (!('status' in res)) return void res.destroy();
          const response = res;
          if (response.headersSent) response.destroy();
          else sendProblem(response, 503, 'unavailable', 'The service behind this address is not running');
        },
      },
    }),
  );
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ExpectedError(`The gateway cannot listen: ${error.message}`)));
    server.listen(port, HOST, resolve);
  });
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
