import { createDatabaseRoles } from '../platform/database-roles.ts';
import { ExpectedError } from '../platform/expected-error.ts';
import { migratePlatform } from '../platform/migrate-platform.ts';
import { prepareFiles } from '../platform/prepare-files.ts';
import { runCommand } from './run-command.ts';

const HELP = `Usage: DATABASE_URL=postgres://… npm run migrate [-- --roles]

Applies the pending migrations of every schema to the database. A second run does nothing; two at
once apply each migration once. With S3_ENDPOINT set, makes the bucket that files are in, if it is
not there. "npm start" does this by itself.

  --roles   afterwards make the services' database roles (infra/postgres/roles.sql), all with the
            password in SERVICES_PASSWORD
`;

async function explain<T>(what: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message || String(cause) : String(cause);
    throw new ExpectedError(`${what}: ${reason}`, { cause });
  });
}

await runCommand(async () => {
  if (process.argv.includes('--help')) return void process.stdout.write(HELP);
  const { DATABASE_URL: url, SERVICES_PASSWORD: password } = process.env;
  const withRoles = process.argv.includes('--roles');
  if (!url) throw new ExpectedError(`DATABASE_URL is missing.\n\n${HELP}`);
  if (withRoles && !password) throw new ExpectedError(`SERVICES_PASSWORD is missing.\n\n${HELP}`);
  const applied = await explain('The database could not be migrated', migratePlatform(url));
  for (const name of applied) process.stdout.write(`applied ${name}\n`);
  if (applied.length === 0) process.stdout.write('Nothing to do: every migration is applied.\n');
  if ((await prepareFiles(process.env)) === 's3') process.stdout.write('The bucket is there.\n');
  if (withRoles && password) {
    await explain('The roles could not be made', createDatabaseRoles(url, password));
    process.stdout.write("The services' roles are there.\n");
  }
});
