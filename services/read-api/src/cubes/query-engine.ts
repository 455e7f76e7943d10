import { type ProblemError, problem } from '@flyloft/common';
import { type Engine, EngineError, type PreparedStream } from '@flyloft/warehouse';
import { CubeFileGoneError } from './cube-files.ts';
import { createTurns } from './turns.ts';

type Session = Parameters<Parameters<Engine['withSession']>[0]>[0];
type Rows = Parameters<PreparedStream['read']>[0][];

/** The engine within the limits of a service that many ask at once. */
export interface QueryEngine {
  /**
   * Does work in its time, in turn with others. `gone` is aborted when nobody waits for it any more.
   * @throws {ProblemError} 504 `query_timeout`; 503 when there is no turn or no memory for it.
   * @throws {CubeFileGoneError}
   */
  run<T>(gone: AbortSignal, work: (session: Session) => Promise<T>): Promise<T>;
  /**
   * Hands the rows of a statement on; each part of them has the time of a query, however slowly they are
   * taken. Throws as `run` does.
   */
  stream<T>(
    gone: AbortSignal,
    statement: PreparedStream['statement'],
    take: (parts: AsyncIterable<Rows>) => Promise<T>,
  ): Promise<T>;
}

export interface QueryLimits {
  readonly timeoutSeconds: number;
  /** How many run at a time. */
  readonly atOnce: number;
  /** How many streams there are at a time, most of which wait for their readers. */
  readonly streamsAtOnce?: number;
}

interface Clock {
  readonly signal: AbortSignal;
  start(): void;
  stop(): void;
}

/** The clock runs while a part is computed, not while it is taken. */
async function* timed(parts: AsyncIterable<Rows>, clock: Clock): AsyncGenerator<Rows> {
  clock.start();
  for await (const part of parts) {
    clock.stop();
    yield part;
    clock.start();
  }
  clock.stop();
}

const NO_ROOM =
  'The query needs more memory than there is: ask for fewer groups, by a cut or by fewer dimensions, or later.';

function busy(detail: string, cause: unknown): ProblemError {
  return problem('unavailable', detail, { cause, headers: { 'Retry-After': '5' } });
}

export function createQueryEngine(engine: Engine, limits: QueryLimits): QueryEngine {
  const { timeoutSeconds, atOnce, streamsAtOnce = 32 } = limits;
  const turns = createTurns(atOnce);
  const streams = createTurns(streamsAtOnce);

  const told = (error: unknown): unknown => {
    if (!(error instanceof EngineError)) return error;
    if (error.kind === 'missing_file') return new CubeFileGoneError(error);
    if (error.kind === 'out_of_memory') return busy(NO_ROOM, error);
    if (error.kind !== 'interrupted') return error;
    return problem('query_timeout', `The query took longer than ${timeoutSeconds} s.`, { cause: error });
  };

  /** A clock that aborts its signal when a query's time is over before it is stopped again. */
  const createClock = (gone: AbortSignal): Clock => {
    const timeout = new AbortController();
    let running: NodeJS.Timeout | undefined;
    return {
      signal: AbortSignal.any([timeout.signal, gone]),
      start: () => {
        running = setTimeout(() => timeout.abort(), timeoutSeconds * 1000);
      },
      stop: () => clearTimeout(running),
    };
  };

  /** Begins in turn, so that no time is counted while others run. */
  const inTurn = async <T>(gone: AbortSignal, among: typeof turns, work: () => Promise<T>): Promise<T> => {
    const patience = AbortSignal.timeout(timeoutSeconds * 1000);
    const waiting = new AbortController();
    const leave = () => waiting.abort(busy('Too many queries run at the moment.', undefined));
    const impatient = AbortSignal.any([patience, gone]);
    impatient.addEventListener('abort', leave, { once: true });
    return among.take(waiting.signal, () => {
      impatient.removeEventListener('abort', leave);
      return work();
    });
  };

  const within = async <T>(gone: AbortSignal, work: (session: Session, clock: Clock) => Promise<T>) => {
    const clock = createClock(gone);
    try {
      return await engine.withSession((session) => work(session, clock), { signal: clock.signal });
    } catch (error) {
      throw told(error);
    } finally {
      clock.stop();
    }
  };

  return {
    run: (gone, work) =>
      inTurn(gone, turns, () =>
        within(gone, (session, clock) => {
          clock.start();
          return work(session);
        }),
      ),
    stream: (gone, { sql, parameters }, take) =>
      inTurn(gone, streams, () =>
        within(gone, (session, clock) => take(timed(session.stream(sql, parameters), clock))),
      ),
  };
}
