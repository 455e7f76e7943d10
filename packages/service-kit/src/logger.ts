import { type Logger, pino } from 'pino';

/** JSON lines on standard output. Anything that could hold a secret is cut out by name. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    name: service,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['*.authorization', '*.cookie', '*.token', '*.password', '*.jwt', 'token', 'password'],
      censor: '[redacted]',
    },
  });
}
