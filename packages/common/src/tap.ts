import { Transform } from 'node:stream';

/** A stage of a pipeline that hands on what comes and looks at it; what `see` throws ends the stream. */
export function tap(see: (chunk: Buffer) => void): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      try {
        see(chunk);
        done(null, chunk);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}
