import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry } from '@flyloft/registry';
import {
  createTestDatabase,
  createTestIssuer,
  type ServiceProcess,
  type ServiceProcessOptions,
  startServiceProcess,
} from '@flyloft/testing';
import { ANN } from './conductor.ts';

const SERVER = join(import.meta.dirname, '../dist/server.js');
const EXTERNAL_ADDRESS = 'http://flyloft.test:4000';

/** What conductors as processes of their own share: a database, keys, a folder of files. */
export async function openProcessPlace() {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'conductor-'));
  const issuer = await createTestIssuer();
  const keys = await issuer.serveJwks();
  const registry = createRegistry({ connectionString: database.url });
  const started: ServiceProcess[] = [];
  const token = issuer.serviceToken({
    service: 'os.datastore',
    userid: ANN,
    permissions: { 'datapackage-upload': true },
  });
  return {
    ...{ database, registry, token },
    /** @param environment Over, and besides, what every conductor gets. */
    start: async (environment: Readonly<Record<string, string>>, options?: ServiceProcessOptions) => {
      const variables = {
        DATABASE_URL: database.url,
        AUTH_ISSUER: issuer.issuer,
        AUTH_JWKS_URL: keys.url,
        AUTH_REVOCATIONS_URL: 'off',
        AUTH_MODERATION_URL: 'off',
        EXTERNAL_ADDRESS,
        FILES_FOLDER: folder,
        FILES_SIGNING_KEY: 'the signing key of the tests, long enough',
      };
      const conductor = await startServiceProcess(SERVER, { ...variables, ...environment }, options);
      started.push(conductor);
      return conductor;
    },
    /** Asks for the load of a package of Ann's. */
    askToLoad: (conductor: ServiceProcess, name: string) => {
      const datapackage = `${EXTERNAL_ADDRESS}/files/${ANN}/${name}/datapackage.json`;
      const parameters = new URLSearchParams({ datapackage, jwt: token });
      return fetch(`${conductor.origin}/package/upload?${parameters}`, { method: 'POST' });
    },
    close: async () => {
      for (const conductor of started) await conductor.end();
      await registry.close();
      await keys.close();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}

export type ProcessPlace = Awaited<ReturnType<typeof openProcessPlace>>;
