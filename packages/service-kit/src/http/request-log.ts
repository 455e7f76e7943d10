import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { routeOf } from './endpoint.ts';
import { requestIdOf } from './request-id.ts';

const QUIET_PATHS = new Set(['/livez', '/readyz', '/metrics']);

/** One line for each answer. Never a header, body or query string: they carry tokens (auth.md D25). */
export function requestLog(logger: Logger): RequestHandler {
  return (req, res, next) => {
    const started = process.hrtime.bigint();
    const path = req.path;
    res.once('close', () => {
      if (QUIET_PATHS.has(path)) return;
      const level = res.statusCode >= 500 ? 'error' : 'info';
      if (!logger.isLevelEnabled(level)) return;
      const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
      logger[level](
        {
          request_id: requestIdOf(res),
          method: req.method,
          path,
          route: routeOf(res),
          status: res.statusCode,
          duration_ms: Math.round(milliseconds * 10) / 10,
          ...(res.writableFinished ? {} : { cut: true }),
        },
        'request',
      );
    });
    next();
  };
}
