import { type DestinationStream, type Logger, pino } from 'pino';

/** JSON lines, on standard output unless told otherwise. Anything that could hold a secret is cut out by name. */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    name: service,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['*.authorization', '*.cookie', '*.token', '*.password', '*.jwt', 'token', 'password'],
      censor: '[redacted]',
    },
  };
  // Written at once: a buffered line whose pipe has broken would be tried for ever at exit (sonic-boom 4).
  return pino(options, destination ?? pino.destination({ dest: 1, sync: true }));
}
