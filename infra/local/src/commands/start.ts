import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataFolder } from '../platform/data-folder.ts';
import { ExpectedError } from '../platform/expected-error.ts';
import type { PlatformDescription } from '../platform/platform-file.ts';
import { checkPortsFree, portsFrom } from '../platform/ports.ts';
import { repositoryRoot } from '../platform/repository-root.ts';
import type { CrashReport } from '../platform/service-process.ts';
import { type Platform, startPlatform } from '../platform/start-platform.ts';
import { showSamples } from '../samples/show-samples.ts';
import { createSteps } from '../screen/steps.ts';
import { runCommand } from './run-command.ts';

const HELP = `Usage: npm start [-- OPTIONS]

Starts the whole platform on this machine and loads two samples of real data.

  --once        do the same, then stop everything; the exit status says whether all went well
  --no-sample   do not load the samples
  --data DIR    keep the data in DIR (default: .flyloft in this folder)
  --help        show this

Ports: PORT_BASE (default 4000) is the platform's address, the next five are the services,
100 above those their admin ports, PORT_BASE + 50 the database's.
Memory: SERVICE_HEAP_MB bounds the heap of each service; 256 is enough for files of any size.
DATABASE_URL, MONGO_URL and REDIS_URL put the data on servers of yours instead.
`;

interface Arguments {
  readonly once: boolean;
  readonly sample: boolean;
  readonly data: string;
  readonly watch: boolean;
}

function readArguments(): Arguments | undefined {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        'no-sample': { type: 'boolean', default: false },
        data: { type: 'string', default: join(repositoryRoot, '.flyloft') },
        watch: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return undefined;
    return { once: values.once, sample: !values['no-sample'], data: values.data, watch: values.watch };
  } catch (error) {
    throw new ExpectedError(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
  }
}

const say = (text: string) => void process.stdout.write(`${text}\n`);

function describeCrash({ service, how, lastWords, logFile, restarting }: CrashReport): string {
  const words = lastWords === '' ? '' : `\n${lastWords}`;
  return `${service} crashed (${how})${restarting ? ' and is being restarted' : ''}.${words}\nIts log: ${logFile}`;
}

function showAddresses({ origin, signInUrl, auth }: PlatformDescription, platformFile: string): void {
  say(`\nFlyloft is running at ${origin}`);
  say(`  documentation   ${auth.url}/docs`);
  if (signInUrl !== undefined) say(`  sign in once    ${signInUrl}`);
  say(`  everything else ${platformFile}`);
  say('\nCtrl-C stops it; the data stays. Start again any time with: npm start');
}

/** Resolves at the first Ctrl-C or SIGTERM; rejects when something that must run has ended. */
function createEnding() {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const ending = new Promise<void>((resolveEnding, rejectEnding) => {
    resolve = resolveEnding;
    reject = rejectEnding;
  });
  // Until somebody waits for it, a failure must not count as unhandled.
  ending.catch(() => undefined);
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      signals += 1;
      // A terminal's Ctrl-C arrives twice at once (from it and through npm): only a third forces.
      if (signals > 2) process.exit(130);
      resolve();
    });
  }
  return { ending, fail: (message: string) => reject(new ExpectedError(message)) };
}

async function main(): Promise<void> {
  const options = readArguments();
  if (options === undefined) return say(HELP);
  const ports = portsFrom(process.env.PORT_BASE);
  const folder = await openDataFolder(options.data);
  const { ending, fail } = createEnding();
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  ending.then(stop, stop);
  let platform: Platform | undefined;
  try {
    await checkPortsFree(ports);
    platform = await startPlatform({
      folder,
      ports,
      environment: process.env,
      restartCrashed: !options.once,
      watch: options.watch,
      onStep: createSteps(process.stdout),
      onCrash: (report) => {
        if (report.restarting) process.stderr.write(`\n! ${describeCrash(report)}\n`);
        else fail(describeCrash(report));
      },
      onDatabaseEnd: (how) => fail(`The database ended (${how}). Start again with: npm start`),
    });
    if (options.sample && !stopped) await Promise.race([showSamples(platform.description, say), ending]);
    if (!options.once && !stopped) {
      showAddresses(platform.description, folder.platformFile);
      await ending;
    }
  } finally {
    if (platform) {
      say('\nStopping …');
      await platform.stop();
    }
    await folder.unlock();
    if (platform) say('Stopped.');
  }
}

await runCommand(main);
process.exit();
