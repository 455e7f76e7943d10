import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '@flyloft/local';
import autocannon from 'autocannon';
import { endWhenDone } from '../harness/clean-up.ts';
import { authorize, call, startBenchPlatform } from '../harness/platform.ts';
import type { CaseResult } from '../harness/report.ts';

const ROUNDS = 3;
const SECONDS = 5;
const CONNECTIONS = 32;
const BODY = JSON.stringify({
  _timestamp: '2024-05-01T10:00:00Z',
  channel: 'web',
  service: 'licences',
  visits: 3,
});

async function rate(url: string, headers: Record<string, string>): Promise<number> {
  const result = await autocannon({
    url,
    method: 'POST',
    body: BODY,
    headers: { 'Content-Type': 'application/json', ...headers },
    connections: CONNECTIONS,
    duration: SECONDS,
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} errors`);
  return result.requests.average;
}

/** One record per request with a bearer token, stored before it is acknowledged, against an echo. */
export async function authenticatedPost(): Promise<CaseResult> {
  const port = await freePort();
  const echo = fork(join(import.meta.dirname, '../harness/echo-server.js'), [String(port)]);
  endWhenDone(echo);
  await once(echo, 'message');
  const platform = await startBenchPlatform();
  const ours: number[] = [];
  const theirs: number[] = [];
  try {
    const { token } = await authorize(platform, 'data-sets');
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ data_group: 'bench', data_type: 'visits' });
    const created = await call(`${platform.origin}/data-sets`, { method: 'POST', headers, body });
    // the contract of POST /data-sets
    const { bearer_token: bearerToken } = JSON.parse(created) as { bearer_token: string };
    const url = `${platform.writeApi.url}/data/bench/visits`;
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await rate(url, { Authorization: `Bearer ${bearerToken}` }));
      theirs.push(await rate(`http://127.0.0.1:${port}/`, {}));
    }
  } finally {
    echo.kill();
    await platform.stop();
  }
  return {
    case: 'authenticated-post',
    comparisons: [
      {
        name: `authenticated POST of one record, ${CONNECTIONS} connections, acknowledged after commit`,
        peer: 'bare Express echo',
        unit: 'per second',
        ours,
        theirs,
        target: '≥ 0.8 (data sets complete)',
        note: "one core serves either: the echo's request passes two handlers, ours a request id, log, metrics, 12 security headers, the token, and a share of a statement; the database takes a part of the other core",
      },
    ],
  };
}
