import type { Response } from 'express';

export interface ServerTiming {
  /** Ends the phase that has been running since the last call, or since the start. */
  mark(phase: string): void;
}

/** Times the phases of one answer for the header `Server-Timing`, which tells those that ended before it is sent. */
export function startTiming(res: Response): ServerTiming {
  const phases: string[] = [];
  let since = process.hrtime.bigint();
  return {
    mark: (phase) => {
      const now = process.hrtime.bigint();
      phases.push(`${phase};dur=${(Number(now - since) / 1e6).toFixed(2)}`);
      since = now;
      res.setHeader('Server-Timing', phases.join(', '));
    },
  };
}
