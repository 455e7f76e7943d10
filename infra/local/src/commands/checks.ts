import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { endTogether } from '../engines/engine.ts';
import { repositoryRoot } from '../platform/repository-root.ts';

/** A program that says yes or no to the whole of the source. */
export interface Check {
  readonly name: string;
  readonly program: string;
  readonly arguments: readonly string[];
}

/** A program that the workspace installed. */
export function tool(name: string): string {
  return join(repositoryRoot, 'node_modules/.bin', name);
}

export const CHECKS: readonly Check[] = [
  { name: 'types of the tests', program: tool('tsc'), arguments: ['-p', 'tsconfig.tests.json'] },
  { name: 'style and borders', program: tool('biome'), arguments: ['check', '--error-on-warnings', '.'] },
  { name: 'unused code and dependencies', program: tool('knip'), arguments: [] },
  {
    name: 'generated documents',
    program: process.execPath,
    arguments: [join(import.meta.dirname, 'docs.js'), '--check'],
  },
];

/** Runs a program with its output on ours; answers whether it exited with 0. */
export function runProgram(
  program: string,
  args: readonly string[],
  environment = process.env,
): Promise<boolean> {
  const child = spawn(program, args, {
    cwd: repositoryRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
  });
  endTogether(child, 'SIGTERM');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Runs a check and says how it went. */
export async function runCheck(check: Check): Promise<boolean> {
  const passed = await runProgram(check.program, check.arguments);
  process.stdout.write(`${passed ? '✓' : '✗'} ${check.name}\n`);
  return passed;
}
