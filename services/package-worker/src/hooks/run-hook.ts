import { setTimeout as delay } from 'node:timers/promises';
import type { HookOutcome, HookRun, Registry } from '@flyloft/registry';
import { FetchError, type SafeFetcher } from '@flyloft/safe-fetch';

export interface HookDependencies {
  readonly registry: Pick<Registry, 'startHookRun' | 'finishHookRun'>;
  readonly fetcher: Pick<SafeFetcher, 'send'>;
  /** Origins that may be called, such as `https://rdf.example.org`. */
  readonly allowedOrigins: readonly string[];
  /** Wait before the second try, twice that before the third; default 1,000. */
  readonly retryDelayMilliseconds?: number;
}

const ATTEMPTS = 3;
const MAX_ANSWER_BYTES = 1024 ** 2;
/** As much of an answer as an error quotes. */
const QUOTED_CHARACTERS = 200;
/** The program says that it has done nothing yet; of any other answer nobody knows. */
const NOT_BEGUN = new Set([429, 503]);

const fail = (error: string): HookOutcome => ({ kind: 'fail', error });

/** The form that hooks have always been called with (packages.md 1.1): one file, `input`. */
async function formOf({ payload }: HookRun) {
  const form = new FormData();
  const file = new Blob([JSON.stringify(payload)], { type: 'application/ld+json' });
  form.set('input', file, 'package-url.jsonld');
  const encoded = new Response(form);
  return {
    type: encoded.headers.get('content-type') ?? '',
    body: Buffer.from(await encoded.arrayBuffer()),
  };
}

/** One call, and whether it may be repeated without being made twice. */
async function call(
  { fetcher }: HookDependencies,
  run: HookRun,
): Promise<{ readonly outcome: HookOutcome; readonly mayRepeat: boolean }> {
  const { type, body } = await formOf(run);
  // The same for every try, so that the program can tell them from another call.
  const headers = { 'content-type': type, 'idempotency-key': run.id, 'user-agent': 'Flyloft' };
  try {
    const { status, text } = await fetcher.send(run.pipeline, { headers, body, maxBytes: MAX_ANSWER_BYTES });
    if (status >= 200 && status < 300) return { outcome: { kind: 'done', response: text }, mayRepeat: false };
    const quoted = text.trim().slice(0, QUOTED_CHARACTERS);
    const error = `The pipeline answered ${status}${quoted === '' ? '' : `: ${quoted}`}`;
    return { outcome: fail(error), mayRepeat: NOT_BEGUN.has(status) };
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    return { outcome: fail(error.message), mayRepeat: error.code === 'unreachable' && error.isPassing };
  }
}

/**
 * Makes the call of a run that nobody has begun, and stores how it ended. Tried again is only what did not
 * reach the program, or what it says it has not begun. Answers the outcome; undefined when the run was
 * begun or given up before.
 */
export async function runHook(dependencies: HookDependencies, id: string): Promise<HookOutcome | undefined> {
  const { registry, allowedOrigins, retryDelayMilliseconds = 1_000 } = dependencies;
  const run = await registry.startHookRun(id);
  if (run === undefined) return undefined;
  const finish = async (outcome: HookOutcome) => {
    await registry.finishHookRun(id, outcome);
    return outcome;
  };
  if (!URL.canParse(run.pipeline) || !allowedOrigins.includes(new URL(run.pipeline).origin)) {
    return finish(fail('The worker may not call this pipeline: its origin is not in HOOK_ALLOWED_ORIGINS'));
  }
  try {
    for (let attempt = 1; ; attempt += 1) {
      const { outcome, mayRepeat } = await call(dependencies, run);
      if (!mayRepeat || attempt === ATTEMPTS) return await finish(outcome);
      await delay(retryDelayMilliseconds * attempt * (1 + Math.random()));
    }
  } catch (error) {
    await finish(fail('The call failed by a fault of the platform, which has been logged'));
    throw error;
  }
}
