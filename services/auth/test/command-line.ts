import { UsageError } from '@flyloft/service-kit';
import { expect } from '@jest/globals';
import { runAuth } from '../src/commands/run-auth.ts';
import { HELP } from '../src/commands/usage.ts';
import { type Harness, ORIGIN } from './harness.ts';

interface Ran {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** `npm run auth` on the database of a harness, without a process of its own: commands.test.ts has those. */
export function createCommandLine({ databaseUrl }: Harness, own: Record<string, string> = {}) {
  const environment = { DATABASE_URL: databaseUrl, EXTERNAL_ADDRESS: ORIGIN, ...own };
  const runWith = async (input: string, ...args: string[]): Promise<Ran> => {
    const [output, errors]: [string[], string[]] = [[], []];
    const surroundings = {
      environment,
      say: (line: string) => void output.push(`${line}\n`),
      tell: (progress: string) => void errors.push(progress),
      readSecret: async () => input.trimEnd(),
    };
    const status = await runAuth(args, surroundings).catch((error: Error) => {
      const isUsage = error instanceof UsageError;
      errors.push(isUsage ? `✗ ${error.message}\n\n${HELP}` : `✗ ${error.message}\n`);
      return isUsage ? 2 : 1;
    });
    return { status, output: output.join(''), errors: errors.join('') };
  };
  const run = (...args: string[]) => runWith('', ...args);
  return {
    run,
    runWith,
    /** What the command says as JSON, once it has worked. */
    json: async (...args: string[]) => {
      const { status, output, errors } = await run(...args, '--json');
      expect({ args, status, errors }).toEqual({ args, status: 0, errors: '' });
      return JSON.parse(output);
    },
  };
}
