import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../platform/repository-root.ts';

/** A tool of the workspace that says yes or no to the whole of the source. */
export interface Check {
  readonly name: string;
  readonly program: string;
  readonly arguments: readonly string[];
}

export const TYPES: Check = {
  name: 'types of the tests',
  program: 'tsc',
  arguments: ['-p', 'tsconfig.tests.json'],
};

export const LINTS: readonly Check[] = [
  { name: 'style and borders', program: 'biome', arguments: ['check', '--error-on-warnings', '.'] },
  { name: 'unused code and dependencies', program: 'knip', arguments: [] },
];

/** Runs one program of `node_modules/.bin` with its output on ours; answers whether it exited with 0. */
export function runTool(
  program: string,
  args: readonly string[],
  environment = process.env,
): Promise<boolean> {
  const child = spawn(join(repositoryRoot, 'node_modules/.bin', program), args, {
    cwd: repositoryRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Runs a check and says how it went. */
export async function runCheck(check: Check): Promise<boolean> {
  const passed = await runTool(check.program, check.arguments);
  process.stdout.write(`${passed ? '✓' : '✗'} ${check.name}\n`);
  return passed;
}
