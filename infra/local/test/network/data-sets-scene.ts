import { join } from 'node:path';
import { createTcpProxy, startServiceProcess } from '@flyloft/testing';
import { repositoryRoot } from '../../src/index.ts';
import type { Scene } from './bad-network.ts';

const ADMIN_TOKEN = 'static-admin-token-of-a-test';

const serverOf = (service: string) => join(repositoryRoot, 'services', service, 'dist/server.js');

/** write-api and read-api on one engine: records are posted, and read back. */
export async function openDataSetsScene(engineUrl: string, variable: string): Promise<Scene> {
  const engine = await createTcpProxy(engineUrl);
  const nowhere = 'http://127.0.0.1:1';
  const environment = {
    [variable]: engine.url,
    AUTH_ISSUER: nowhere,
    AUTH_JWKS_URL: nowhere,
    AUTH_REVOCATIONS_URL: 'off',
    AUTH_MODERATION_URL: 'off',
  };
  const [writeApi, readApi] = await Promise.all([
    startServiceProcess(serverOf('write-api'), { ...environment, DATA_SETS_ADMIN_TOKEN: ADMIN_TOKEN }),
    startServiceProcess(serverOf('read-api'), environment),
  ]);
  const headers = (token: string) => ({
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json',
  });
  const created = await fetch(`${writeApi.origin}/data-sets`, {
    method: 'POST',
    headers: headers(ADMIN_TOKEN),
    body: JSON.stringify({ data_group: 'network', data_type: 'events' }),
  });
  const { bearer_token: token } = (await created.json()) as { bearer_token: string };
  const stored = async (ask: typeof fetch, parameters: string) => {
    const answer = await ask(`${readApi.origin}/data/network/events?${parameters}`);
    const { data } = (await answer.json()) as { data: { _id: string }[] };
    return data.map(({ _id }) => _id);
  };
  return {
    engines: { engine },
    services: { 'write-api': writeApi, 'read-api': readApi },
    work: async (key, ask) => {
      // Asked again after 503 it is the same record: its id makes that harmless.
      const record = { _id: key, _timestamp: '2014-01-01T00:00:00Z', size: 1 };
      const posted = await ask(`${writeApi.origin}/data/network/events`, {
        ...{ method: 'POST', headers: headers(token) },
        body: JSON.stringify(record),
      });
      await posted.arrayBuffer();
      const found = await stored(ask as typeof fetch, `filter_by=_id:${key}`);
      if (found.length !== 1) throw new Error(`${key} was acknowledged, and read ${found.length} times`);
    },
    verify: async (keys) => {
      const found = new Set(await stored(fetch, 'limit=10000'));
      const lost = keys.filter((key) => !found.has(key));
      if (lost.length > 0) throw new Error(`acknowledged and lost: ${lost.join(', ')}`);
    },
    close: async () => {
      await Promise.all([writeApi.end(), readApi.end()]);
      await engine.close();
    },
  };
}
