/** This attempt was overtaken by a later one, or its load has ended: stop, and leave everything as it is. */
export class StaleAttemptError extends Error {
  readonly loadId: string;
  readonly attempt: number;

  constructor(loadId: string, attempt: number) {
    super(`stale attempt ${attempt} of load ${loadId}`);
    this.name = 'StaleAttemptError';
    this.loadId = loadId;
    this.attempt = attempt;
  }
}
