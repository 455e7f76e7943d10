import fc from 'fast-check';
import { type AnswerCheck, answerCheck } from './check-answer.ts';
import { curlCommand } from './curl.ts';
import { type OpenApi, type Operation, readOpenApi } from './document.ts';
import { type PlannedRequest, writeOut } from './plan.ts';
import { createSender, type Sender } from './send.ts';
import { spoils } from './spoil.ts';
import { type KnownValues, validPlans } from './valid-plans.ts';

export interface FuzzOptions extends KnownValues {
  /** A running service, which serves `/openapi.json`: `http://127.0.0.1:4002`. */
  readonly origin: string;
  /** Which operations are asked, as `GET /path/{id}`; default all. */
  readonly only?: RegExp;
  /** What operations that chance has not let in are asked with: whom it has signed out and what it has deleted, anew. */
  readonly anew?: () => Promise<KnownValues>;
  /** How many requests are sent, beside the good ones for operations that these did not enter; default 1,500. */
  readonly requests?: number;
  /** The same seed makes the same requests; default 1. */
  readonly seed?: number;
  /** An answer that takes longer is a fault; default 10 s. */
  readonly timeoutMilliseconds?: number;
}

export interface FuzzReport {
  readonly seed: number;
  readonly requests: number;
  /** Operations that never answered with 2xx or 3xx: what is behind them was not reached. */
  readonly neverSucceeded: readonly string[];
}

/** Requests are made in portions, so that 10,000 of them are not held at once. */
const PORTION = 250;
const MOST_FAULTS_SHOWN = 20;
/** How many good requests more an operation gets that chance has not let in. */
const KNOCKS = 30;
/** A service that does not answer any more is not waited for a thousand times. */
const MOST_UNANSWERED = 5;

function requestsFor(api: OpenApi, operation: Operation, known: KnownValues): fc.Arbitrary<PlannedRequest> {
  const counts = fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.constant(1) },
    { weight: 3, arbitrary: fc.integer({ min: 2, max: 4 }) },
  );
  const spoilt = counts.chain((count) => fc.array(spoils, { minLength: count, maxLength: count }));
  return fc
    .tuple(validPlans(api, operation, known), spoilt)
    .map(([plan, changes]) => writeOut(changes.reduce((changed, spoil) => spoil(changed), plan)));
}

const nameOf = ({ method, path }: Operation) => `${method} ${path}`;

/** What is wrong, once for each operation and kind of fault, with the first request that shows it. */
type Faults = Map<string, PlannedRequest>;

async function ask(sender: Sender, planned: PlannedRequest, check: AnswerCheck) {
  try {
    const answer = await sender.send(planned);
    if (answer === undefined) return { status: 0, isUnanswered: false, fault: undefined };
    return { status: answer.status, isUnanswered: false, fault: check(planned, answer) };
  } catch (error) {
    return {
      status: 0,
      isUnanswered: true,
      fault: `no answer: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function describeFaults(origin: string, seed: number, faults: Faults): string {
  const shown = [...faults].slice(0, MOST_FAULTS_SHOWN);
  const lines = shown.map(([fault, planned]) => `- ${fault}\n  ${curlCommand(origin, planned)}`);
  return `${faults.size} faults with seed ${seed}:\n${lines.join('\n')}`;
}

/**
 * Sends a running service requests made from its own OpenAPI document: good ones, nearly good ones and
 * hostile ones, and holds every answer against the document (reliability.md E15): no 5xx; status,
 * content type and required headers documented; the body valid by the documented schema; in time.
 *
 * ```ts
 * const server = createApp(…).listen(0);
 * const report = await fuzzService({
 *   origin: `http://127.0.0.1:${server.address().port}`,
 *   parameters: { data_group: ['weather'], data_type: ['daily'] },   // ids of what is there
 *   credentials: [`Bearer ${token}`],
 * });
 * expect(report.neverSucceeded).toEqual([]);                         // it got behind every door
 * ```
 * `FUZZ_REQUESTS` and `FUZZ_SEED` in the environment go before the options: 10,000 requests with a seed
 * of the day are the long form.
 * @throws with every kind of fault, the seed, and a curl command for each.
 */
export async function fuzzService(options: FuzzOptions): Promise<FuzzReport> {
  const { origin, timeoutMilliseconds = 10_000 } = options;
  const total = Number(process.env.FUZZ_REQUESTS ?? options.requests ?? 1_500);
  const seed = Number(process.env.FUZZ_SEED ?? options.seed ?? 1);
  const api = await readOpenApi(origin);
  const operations = api.operations.filter((operation) => options.only?.test(nameOf(operation)) ?? true);
  const check = answerCheck(api);
  const sender = createSender(origin, timeoutMilliseconds);
  const planned = fc.oneof(...operations.map((operation) => requestsFor(api, operation, options)));
  const faults: Faults = new Map();
  const succeeded = new Set<string>();
  let unanswered = 0;
  const send = async (request: PlannedRequest) => {
    const { status, isUnanswered, fault } = await ask(sender, request, check);
    if (isUnanswered) unanswered += 1;
    const operation = `${request.method} ${request.template}`;
    if (status >= 200 && status < 400) succeeded.add(operation);
    const key = `${operation}: ${fault}`;
    if (fault !== undefined && !faults.has(key)) faults.set(key, request);
  };
  try {
    for (let sent = 0; sent < total && unanswered < MOST_UNANSWERED; sent += PORTION) {
      const numRuns = Math.min(PORTION, total - sent);
      for (const request of fc.sample(planned, { seed: seed + sent, numRuns })) {
        if (unanswered < MOST_UNANSWERED) await send(request);
      }
    }
    const known = { ...options, ...(await options.anew?.()) };
    for (const operation of operations) {
      const good = validPlans(api, operation, known).map(writeOut);
      for (const request of fc.sample(good, { seed, numRuns: KNOCKS })) {
        if (unanswered < MOST_UNANSWERED && !succeeded.has(nameOf(operation))) await send(request);
      }
    }
  } finally {
    sender.close();
  }
  if (faults.size > 0) throw new Error(describeFaults(origin, seed, faults));
  const names = operations.map(nameOf);
  return { seed, requests: total, neverSucceeded: names.filter((name) => !succeeded.has(name)) };
}
