import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { endOf, endTogether } from '../engines/engine.ts';
import { ExpectedError } from './expected-error.ts';
import { repositoryRoot } from './repository-root.ts';
import type { ServiceName } from './services.ts';

export interface ServiceProcessOptions {
  readonly name: ServiceName;
  readonly environment: Readonly<Record<string, string>>;
  readonly adminUrl: string;
  readonly logFolder: string;
  /** Restart the service when it crashes; otherwise `onCrash` alone is told. */
  readonly restart: boolean;
  /** Restart it also when its compiled files change (`npm run dev`). */
  readonly watch: boolean;
  readonly onCrash: (report: CrashReport) => void;
}

export interface CrashReport {
  readonly service: ServiceName;
  /** `exit status 1` or `signal SIGKILL`. */
  readonly how: string;
  readonly logFile: string;
  /** The last lines it wrote to standard error. */
  readonly lastWords: string;
  readonly restarting: boolean;
}

export interface ServiceProcess {
  readonly name: ServiceName;
  readonly stop: () => Promise<void>;
}

const READY_TIMEOUT_MILLISECONDS = 60_000;
const FIRST_RESTART_DELAY_MILLISECONDS = 500;
const LONGEST_RESTART_DELAY_MILLISECONDS = 10_000;
const STOP_TIMEOUT_MILLISECONDS = 45_000;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function isReady(adminUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(3_000) });
    return answer.ok;
  } catch {
    return false;
  }
}

interface Launch {
  readonly child: ChildProcess;
  /** Resolves with how the process ended. */
  readonly ended: Promise<string>;
  readonly exit: () => string | undefined;
  readonly lastWords: () => string;
}

function launch(options: ServiceProcessOptions, log: WriteStream): Launch {
  const script = join(repositoryRoot, 'services', options.name, 'dist/server.js');
  const flags = options.watch ? ['--watch', '--watch-preserve-output'] : [];
  // A process group of its own: Ctrl-C reaches the launcher alone, which stops things in order.
  const child = spawn(process.execPath, ['--enable-source-maps', ...flags, script], {
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  endTogether(child, 'SIGTERM');
  let lastWords = '';
  let exit: string | undefined;
  child.stdout.pipe(log, { end: false });
  child.stderr.on('data', (chunk: Buffer) => {
    log.write(chunk);
    lastWords = (lastWords + chunk.toString()).slice(-2_000);
  });
  const ended = endOf(child).then(({ code, signal }) => {
    exit = signal === null ? `exit status ${code}` : `signal ${signal}`;
    return exit;
  });
  return { child, ended, exit: () => exit, lastWords: () => lastWords.trim() };
}

async function waitUntilReady(
  running: Launch,
  options: ServiceProcessOptions,
  logFile: string,
): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MILLISECONDS;
  while (!(await isReady(options.adminUrl))) {
    const exit = running.exit();
    if (exit !== undefined) {
      throw new ExpectedError(
        `${options.name} did not start (${exit}).\n${running.lastWords()}\nIts log: ${logFile}`,
      );
    }
    if (Date.now() > deadline) {
      running.child.kill('SIGKILL');
      throw new ExpectedError(`${options.name} was not ready after 60 seconds. Its log: ${logFile}`);
    }
    await pause(40);
  }
}

/** Starts a service from its built output and waits until its `/readyz` says so. */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const logFile = join(options.logFolder, `${options.name}.log`);
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  let running = launch(options, log);
  let stopping = false;
  await waitUntilReady(running, options, logFile);

  const watchOver = async () => {
    for (let crashes = 0; ; crashes += 1) {
      const how = await running.ended;
      if (stopping) return;
      options.onCrash({
        service: options.name,
        how,
        logFile,
        lastWords: running.lastWords(),
        restarting: options.restart,
      });
      if (!options.restart) return;
      await pause(
        Math.min(FIRST_RESTART_DELAY_MILLISECONDS * 2 ** crashes, LONGEST_RESTART_DELAY_MILLISECONDS),
      );
      if (stopping) return;
      running = launch(options, log);
    }
  };
  void watchOver();

  return {
    name: options.name,
    stop: async () => {
      stopping = true;
      running.child.kill('SIGTERM');
      const { child } = running;
      const forced = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MILLISECONDS);
      await running.ended;
      clearTimeout(forced);
      log.end();
    },
  };
}
