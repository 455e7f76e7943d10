import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import closeWithGrace from 'close-with-grace';
import express from 'express';
import type { Logger } from 'pino';
import { type HealthCheck, livez, readyz } from './http/health.ts';
import { messageClasses } from './http/message-classes.ts';
import type { ServiceMetrics } from './metrics.ts';

/** One step of stopping. Phases run in order, each for at most its own cap. */
export interface StopPhase {
  readonly name: string;
  readonly capSeconds: number;
  readonly run: () => Promise<void>;
}

export interface RunOptions {
  readonly name: string;
  readonly host: string;
  /** The public port; undefined for a service that has only an admin port. */
  readonly port?: number;
  readonly adminPort: number;
  readonly app?: RequestListener;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly healthChecks: readonly HealthCheck[];
  /** Shared with the app, so that its `/readyz` knows too. */
  readonly stopping: { value: boolean };
  readonly stopTimeoutSeconds: number;
  /** Longest time in which a whole request must arrive; default 300, 0 for no limit (large uploads). */
  readonly requestTimeoutSeconds?: number;
  /** After the listeners have closed: consumers, then pools. */
  readonly stopPhases: readonly StopPhase[];
}

const HEADERS_TIMEOUT_MILLISECONDS = 10_000;
const DEFAULT_REQUEST_TIMEOUT_SECONDS = 300;
const IDLE_SWEEP_MILLISECONDS = 50;

async function listen(server: Server, host: string, port: number, name: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new Error(`${name}: port ${port} on ${host} is already in use`) : error);
    });
    server.listen(port, host, resolve);
  });
  // A listening TCP server has an AddressInfo; a string is for pipes only.
  return (server.address() as AddressInfo).port;
}

/**
 * No new connections; kept-alive ones are closed as soon as their request is answered. A client that
 * asks again without a pause would hold its connection for ever: its next answer tells it to close.
 */
function closeServer(server: Server): Promise<void> {
  server.prependListener('request', (_req, res) => void res.setHeader('Connection', 'close'));
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MILLISECONDS);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}

async function runPhase(phase: StopPhase, logger: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const cap = new Promise<'capped'>((resolve) => {
    timer = setTimeout(() => resolve('capped'), phase.capSeconds * 1000);
  });
  try {
    const outcome = await Promise.race([phase.run(), cap]);
    if (outcome === 'capped') logger.warn({ phase: phase.name }, 'stop phase hit its time cap');
  } catch (err) {
    logger.error({ err, phase: phase.name }, 'stop phase failed');
  } finally {
    clearTimeout(timer);
  }
}

function createAdminApp({ metrics, healthChecks, stopping }: RunOptions): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.get('/livez', livez);
  app.get(
    '/readyz',
    readyz(healthChecks, () => stopping.value),
  );
  app.get('/metrics', async (_req, res) => {
    res.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return app;
}

/**
 * Listens, and stops in phases on SIGTERM or SIGINT: not ready, no new connections, requests in
 * flight, then the service's own phases; a second signal ends at once (close-with-grace).
 * Rejects when a port is taken.
 */
export async function runService(options: RunOptions): Promise<{ port?: number; adminPort: number }> {
  const { logger, stopping } = options;
  const servers: Server[] = [];
  const open = async (app: RequestListener, port: number): Promise<number> => {
    const requestTimeout = (options.requestTimeoutSeconds ?? DEFAULT_REQUEST_TIMEOUT_SECONDS) * 1000;
    const timeouts = { headersTimeout: HEADERS_TIMEOUT_MILLISECONDS, requestTimeout };
    const server = createServer({ ...timeouts, ...messageClasses(app) }, app);
    servers.push(server);
    return listen(server, options.host, port, options.name);
  };
  const adminPort = await open(createAdminApp(options), options.adminPort);
  const port = options.app && options.port !== undefined ? await open(options.app, options.port) : undefined;

  const requests: StopPhase = {
    name: 'requests in flight',
    capSeconds: options.stopTimeoutSeconds,
    run: async () => {
      await Promise.all(servers.map(closeServer));
    },
  };
  const phases = [requests, ...options.stopPhases];
  const delay = phases.reduce((total, phase) => total + phase.capSeconds, 1) * 1000;
  closeWithGrace({ delay, logger: false }, async ({ signal, err }) => {
    stopping.value = true;
    if (err) logger.fatal({ err }, 'stopping after an error nobody caught');
    else logger.info({ signal }, 'stopping');
    for (const phase of phases) await runPhase(phase, logger);
    logger.info('stopped');
  });
  logger.info({ port, admin_port: adminPort }, 'listening');
  return port === undefined ? { adminPort } : { port, adminPort };
}
