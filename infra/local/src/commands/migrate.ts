import { ExpectedError } from '../platform/expected-error.ts';
import { migratePlatform } from '../platform/migrate-platform.ts';
import { runCommand } from './run-command.ts';

const HELP = `Usage: DATABASE_URL=postgres://… npm run migrate

Applies the pending migrations of every schema to the database. A second run does nothing; two at
once apply each migration once. "npm start" does this by itself.
`;

await runCommand(async () => {
  if (process.argv.includes('--help')) return void process.stdout.write(HELP);
  const url = process.env.DATABASE_URL;
  if (!url) throw new ExpectedError(`DATABASE_URL is missing.\n\n${HELP}`);
  const applied = await migratePlatform(url).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message || String(cause) : String(cause);
    throw new ExpectedError(`The database could not be migrated: ${reason}`, { cause });
  });
  for (const name of applied) process.stdout.write(`applied ${name}\n`);
  if (applied.length === 0) process.stdout.write('Nothing to do: every migration is applied.\n');
});
