import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { type Engine, supervise } from './engine.ts';
import { findProgram } from './program.ts';

const VERSITYGW = {
  name: 'versitygw',
  goCommand: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0',
};

const HEALTH_PATH = '/healthz';

export interface S3ServerOptions {
  readonly dataFolder: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

function isReady(url: string): Promise<boolean> {
  return fetch(`${url}${HEALTH_PATH}`).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** Starts a genuine S3 server (versitygw) on 127.0.0.1 that keeps objects in a folder. */
export async function startS3(options: S3ServerOptions): Promise<Engine> {
  const program = await findProgram(VERSITYGW);
  const [objects, metadata] = [`${options.dataFolder}/objects`, `${options.dataFolder}/metadata`];
  for (const folder of [objects, metadata]) await mkdir(folder, { recursive: true });
  const address = `127.0.0.1:${options.port}`;
  const child = spawn(
    program,
    [
      ...['--port', address, '--quiet', '--keep-alive', '--health', HEALTH_PATH],
      // Beside the objects, as not every file system has the attributes that it would use.
      ...['posix', '--sidecar', metadata, objects],
    ],
    {
      // Not in the arguments, which every user of the machine can read.
      env: {
        ...process.env,
        ROOT_ACCESS_KEY_ID: options.accessKeyId,
        ROOT_SECRET_ACCESS_KEY: options.secretAccessKey,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  const { ended, failure, stop } = supervise(child, 'SIGTERM');
  const url = `http://${address}`;
  while (!(await isReady(url))) {
    const reason = failure();
    if (reason !== undefined) throw new Error(`The S3 server did not start: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, ended, stop };
}
