import type { RequestHandler } from 'express';

/** One thing that a service needs to do its work. */
export interface HealthCheck {
  readonly name: string;
  /** Resolves when the dependency answers; rejects with the reason when it does not. */
  readonly check: () => Promise<void>;
  /** True: the service does its work without it, so `/readyz` says `degraded` and stays 200. */
  readonly optional?: boolean;
}

const CHECK_TIMEOUT_MILLISECONDS = 2_000;

async function runCheck({ name, check, optional = false }: HealthCheck): Promise<[string, string]> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('timeout')), CHECK_TIMEOUT_MILLISECONDS);
  });
  try {
    await Promise.race([check(), timeout]);
    return [name, 'ok'];
  } catch {
    // The reason may name hosts and users: the log of the service has it, a stranger does not get it.
    return [name, optional ? 'degraded' : 'unavailable'];
  } finally {
    clearTimeout(timer);
  }
}

/** 200 while the process runs its event loop; says nothing of dependencies (reliability.md E8). */
export const livez: RequestHandler = (_req, res) => {
  res.set('Cache-Control', 'no-store').json({ status: 'ok' });
};

/** 200 when every dependency answers and the service is not stopping, else 503; never a 500. */
export function readyz(checks: readonly HealthCheck[], isStopping: () => boolean): RequestHandler {
  return async (_req, res) => {
    const results = Object.fromEntries(await Promise.all(checks.map(runCheck)));
    const ready = !isStopping() && Object.values(results).every((result) => result !== 'unavailable');
    res
      .set('Cache-Control', 'no-store')
      .status(ready ? 200 : 503)
      .json({ status: isStopping() ? 'stopping' : ready ? 'ok' : 'unavailable', checks: results });
  };
}
