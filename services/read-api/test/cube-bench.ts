import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createTokenVerifier } from '@flyloft/common';
import { createPostgresDataSets } from '@flyloft/data-sets';
import { createDiskStore, type ObjectStore } from '@flyloft/object-store';
import { createRegistry, cubeFilesPrefix, type JsonObject, type Registry } from '@flyloft/registry';
import { createLogger, createMetrics } from '@flyloft/service-kit';
import { createTestDatabase, createTestIssuer, type TestIssuer } from '@flyloft/testing';
import {
  createDuckDbEngine,
  type Engine,
  fileBytes,
  modelOf,
  parseDescriptor,
  prepareTable,
  writeCubeFile,
  writeTable,
} from '@flyloft/warehouse';
import type { Express } from 'express';
import { Client } from 'pg';
import { createApp } from '../src/app.ts';
import { createAnswerCache } from '../src/cubes/answer-cache.ts';
import type { CubeFiles } from '../src/cubes/cube-files.ts';
import { filesInPlace } from '../src/cubes/disk/in-place.ts';
import { createQueryEngine } from '../src/cubes/query-engine.ts';
import type { CubeDependencies } from '../src/routes/cubes/cube-dependencies.ts';
import { dataSetsVerifier } from './harness.ts';

export const OWNER = 'd41d8cd98f00b204e9800998ecf8427e';
export const OTHER = '00000000000000000000000000000000';

interface AppOptions {
  readonly engine?: Engine;
  readonly files?: CubeFiles;
  readonly queryTimeoutSeconds?: number;
  /** Instead of all the others. */
  readonly cubes?: CubeDependencies;
}

/** A registry, a store and an engine, and packages published as the worker does it. */
export interface CubeBench {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly registry: Registry;
  readonly engine: Engine;
  readonly store: ObjectStore;
  readonly issuer: TestIssuer;
  /** A replica of read-api: all that it keeps is its own. */
  makeApp(options?: AppOptions): Express;
  /**
   * Publishes CSV tables, the first of which is the main cube. Other tables are known to its model as
   * `<name>_<table>`. Answers the keys of its files.
   */
  publish(
    name: string,
    tables: Readonly<Record<string, string>>,
    options?: {
      /** Changes the model of the main cube. */
      readonly change?: (model: JsonObject) => JsonObject;
      /** The descriptor of the package; without it there is only what the tables themselves tell. */
      readonly descriptor?: string;
    },
  ): Promise<string[]>;
  setPrivate(name: string, value: boolean): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function openCubeBench(): Promise<CubeBench> {
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-cubes-'));
  const database = await createTestDatabase();
  const registry = createRegistry({ connectionString: database.url });
  const engine = await createDuckDbEngine({ folders: [folder], memoryMegabytes: 200, threads: 2 });
  const issuer = await createTestIssuer();
  const dataSets = createPostgresDataSets({ connectionString: database.url });
  const store = createDiskStore({ folder });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  let files = 0;

  const loadTable = async (name: string, table: string, csv: string, key: string, text?: string) => {
    files += 1;
    const [source, target] = [join(folder, `${files}.csv`), join(folder, `${files}.parquet`)];
    const described = parseDescriptor(
      text ?? JSON.stringify({ name, resources: [{ name: table, path: `${table}.csv` }] }),
    );
    const [descriptor] = described.resources;
    if (descriptor === undefined) throw new Error('no resource');
    const written = await writeTable({
      name: table,
      resource: descriptor,
      parts: [{ name: table, isGzipped: false, open: async () => Readable.from([Buffer.from(csv)]) }],
      target: source,
      maxBytes: 50_000_000,
      signal: new AbortController().signal,
      see: () => undefined,
    });
    return engine.withSession(async (session) => {
      const file = {
        bytes: fileBytes(source),
        written,
        resource: table,
        descriptor,
        fiscalModel: described.model,
      };
      const prepared = await prepareTable(session, file);
      const rows = await writeCubeFile({ session, table: prepared, target });
      const factTable = `${name}_${table}`;
      const model: JsonObject = await modelOf(session, { prepared, cubeFile: target, factTable });
      await store.put(key, createReadStream(target));
      await rm(target);
      const columns = prepared.plan.columns.map((column) => {
        return { name: column.name, field: column.field, type: column.sqlType };
      });
      return { rows, columns, model };
    });
  };

  return {
    folder,
    databaseUrl: database.url,
    registry,
    engine,
    store,
    issuer,
    makeApp: ({
      engine: using = engine,
      files: served = filesInPlace(store),
      queryTimeoutSeconds = 10,
      cubes,
    } = {}) =>
      createApp({
        logger: createLogger('read-api', 'silent'),
        metrics: createMetrics('read-api'),
        healthChecks: [],
        dataSets,
        dataSetsVerifier,
        cubes: cubes ?? {
          registry,
          engine: createQueryEngine(using, { timeoutSeconds: queryTimeoutSeconds, atOnce: 2 }),
          files: served,
          answers: createAnswerCache(1_000_000),
          verifier: createTokenVerifier({
            issuer: issuer.issuer,
            audiences: ['os.datastore', 'data-sets'],
            keys: { kind: 'static', jwks: issuer.jwks },
          }),
        },
      }),
    publish: async (name, tables, { change = (model: JsonObject) => model, descriptor: text } = {}) => {
      const datapackage = `http://flyloft.test/files/${OWNER}/${name}/datapackage.json`;
      const { load } = await registry.createLoad({ datapackage, address: datapackage, requestedBy: OWNER });
      const started = await registry.startAttempt(load.id, load.attempt);
      if (started === undefined) throw new Error('the load was begun by another');
      const { attempt } = started;
      const packageId = `${OWNER}:${name}`;
      if (!(await registry.claimPackage(attempt, packageId))) throw new Error('another load is at work');
      const cubes = [];
      for (const [index, [table, csv]] of Object.entries(tables).entries()) {
        const file = `${cubeFilesPrefix(packageId, load.id, attempt.attempt)}${table}.parquet`;
        const written = await loadTable(name, table, csv, file, text);
        const model = index === 0 ? change(written.model) : written.model;
        cubes.push({
          ...written,
          id: index === 0 ? packageId : `${packageId}:${table}`,
          resource: table,
          file,
          model,
        });
      }
      const [main] = cubes;
      if (main === undefined) throw new Error('a package without tables');
      const descriptor = { name, title: name };
      await registry.publish(attempt, { packageId, descriptor, model: main.model, cubes, rows: main.rows });
      return cubes.map(({ file }) => file);
    },
    setPrivate: async (name, value) => {
      await registry.setPrivacy(`${OWNER}:${name}`, value ? 'private' : 'public');
    },
    remove: async (name) => {
      await client.query('DELETE FROM registry.packages WHERE id = $1', [`${OWNER}:${name}`]);
    },
    close: async () => {
      await client.end();
      await dataSets.close();
      await registry.close();
      engine.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
