import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { Client } from 'pg';
import { pingRedis } from '../engines/redis.ts';
import { checkPortsFree, portsFrom } from '../platform/ports.ts';
import { prepareFiles } from '../platform/prepare-files.ts';
import { repositoryRoot } from '../platform/repository-root.ts';
import { runCommand } from './run-command.ts';

const HELP = `Usage: npm run doctor

Checks what the configured stack needs: Node.js, ports, data folder, database, MongoDB, Redis,
bucket (made if it is not there), keys and clock, and names the variable to mend. Reads the same variables as "npm start".
`;

/** Answers what it found; throws with what is wrong and which variable mends it. */
interface Examination {
  readonly name: string;
  readonly examine: () => Promise<string>;
}

const LEAST_FREE_BYTES = 1024 ** 3;
const MOST_CLOCK_DIFFERENCE_SECONDS = 5;
const environment = process.env;
const dataFolder = environment.FLYLOFT_DATA || join(repositoryRoot, '.flyloft');

const reasonOf = (error: unknown) =>
  error instanceof Error ? error.message || String(error) : String(error);

async function databaseClock(url: string): Promise<number> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    return Math.abs(Date.now() - (rows[0]?.now.getTime() ?? 0)) / 1000;
  } finally {
    await client.end();
  }
}

const EXAMINATIONS: readonly Examination[] = [
  { name: 'Node.js', examine: async () => process.versions.node },
  {
    name: 'ports',
    examine: async () => {
      const ports = portsFrom(environment.PORT_BASE);
      await checkPortsFree(ports);
      return `${ports.gateway} and the others are free`;
    },
  },
  {
    name: 'data folder',
    examine: async () => {
      const existing = await access(dataFolder).then(
        () => dataFolder,
        () => repositoryRoot,
      );
      await access(existing, constants.W_OK).catch(() => {
        throw new Error(`${existing} cannot be written: use npm start -- --data DIR`);
      });
      const { bavail, bsize } = await statfs(existing);
      if (bavail * bsize < LEAST_FREE_BYTES)
        throw new Error(`less than 1 GiB is free on the disk of ${existing}`);
      return dataFolder;
    },
  },
  {
    name: 'PostgreSQL and clock',
    examine: async () => {
      const url = environment.DATABASE_URL;
      if (!url) return 'embedded (DATABASE_URL is not set)';
      const difference = await databaseClock(url).catch((error: unknown) => {
        throw new Error(`DATABASE_URL: ${reasonOf(error)}`);
      });
      if (difference > MOST_CLOCK_DIFFERENCE_SECONDS) {
        throw new Error(
          `the clocks of this machine and of the database differ by ${difference.toFixed(0)} s`,
        );
      }
      return 'answers';
    },
  },
  {
    name: 'MongoDB',
    examine: async () => {
      const url = environment.MONGO_URL;
      if (!url) return 'not used (MONGO_URL is not set)';
      const client = new mongoose.mongo.MongoClient(url, { serverSelectionTimeoutMS: 5_000 });
      try {
        const hello = await client.db('admin').command({ hello: 1 });
        if (hello.setName === undefined && hello.msg !== 'isdbgrid') {
          throw new Error('is no replica set, which transactions need');
        }
        return 'answers';
      } catch (error) {
        throw new Error(`MONGO_URL: ${reasonOf(error)}`);
      } finally {
        await client.close();
      }
    },
  },
  {
    name: 'Redis',
    examine: async () => {
      const url = environment.REDIS_URL;
      if (!url) return 'not used (REDIS_URL is not set)';
      const { hostname, port } = new URL(url);
      if (!(await pingRedis(hostname, Number(port || 6379))))
        throw new Error(`REDIS_URL: no answer from ${hostname}`);
      return 'answers';
    },
  },
  {
    name: 'files',
    examine: async () => {
      if (!environment.S3_ENDPOINT) return 'in the data folder (S3_ENDPOINT is not set)';
      await prepareFiles(environment);
      return `the bucket ${environment.S3_BUCKET} on S3 is there`;
    },
  },
  {
    name: 'keys',
    examine: async () => {
      const key = environment.KEY_ENCRYPTION_KEY;
      if (!key) return 'made by npm start (KEY_ENCRYPTION_KEY is not set)';
      if (key.length < 32) throw new Error('KEY_ENCRYPTION_KEY must be at least 32 random characters');
      return 'KEY_ENCRYPTION_KEY is long enough';
    },
  },
];

await runCommand(async () => {
  if (process.argv.includes('--help')) return void process.stdout.write(HELP);
  for (const { name, examine } of EXAMINATIONS) {
    try {
      process.stdout.write(`✓ ${name}: ${await examine()}\n`);
    } catch (error) {
      process.stdout.write(`✗ ${name}: ${reasonOf(error)}\n`);
      process.exitCode = 1;
    }
  }
});
