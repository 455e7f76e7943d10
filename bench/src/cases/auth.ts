import { fork } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '@flyloft/local';
import autocannon from 'autocannon';
import { endWhenDone } from '../harness/clean-up.ts';
import { type BenchPlatform, call, startBenchPlatform } from '../harness/platform.ts';
import type { CaseResult, Comparison } from '../harness/report.ts';
import { secondsOf } from '../harness/statistics.ts';

const ROUNDS = 3;
const SECONDS = 4;
const CONNECTIONS = 32;
const SIGNATURES = 1_000;
const PASSWORDS = 10;

async function rate(url: string, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const result = await autocannon({ url, headers, connections: CONNECTIONS, duration: SECONDS });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} errors`);
  return result.requests.average;
}

/** What one thread of this machine signs, with nothing around it. */
async function signingRate(): Promise<number> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const content = Buffer.alloc(600, 'x');
  const seconds = await secondsOf(async () => {
    for (let count = 0; count < SIGNATURES; count += 1) sign('sha256', content, privateKey);
  });
  return SIGNATURES / seconds;
}

/** How long a password takes to hash, and the longest answer that somebody else waits for meanwhile. */
async function passwords({ auth, adminToken }: BenchPlatform): Promise<Record<string, number>> {
  const headers = { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' };
  const times: number[] = [];
  let longest = 0;
  let hashing = true;
  const watch = (async () => {
    while (hashing) {
      longest = Math.max(longest, await secondsOf(() => call(`${auth.url}/livez`).then(() => undefined)));
    }
  })();
  for (let count = 0; count < PASSWORDS; count += 1) {
    const body = JSON.stringify({
      email: `bench${count}@example.org`,
      password: `long enough ${Math.random()}`,
    });
    const make = () =>
      call(`${auth.url}/admin/users`, { method: 'POST', headers, body }).then(() => undefined);
    times.push(await secondsOf(make));
  }
  hashing = false;
  await watch;
  const middle = times.sort((one, other) => one - other)[PASSWORDS / 2] ?? 0;
  return {
    'one person with an argon2id password, ms': Math.round(middle * 1000),
    'longest answer of /livez meanwhile, ms': Math.round(longest * 1000),
  };
}

/** Auth under load: service tokens against bare signing, reads against bare Express with the same read. */
export async function auth(): Promise<CaseResult> {
  const platform = await startBenchPlatform({ RATE_LIMIT_TOKENS: '100000000/second' });
  const port = await freePort();
  const tokenId = platform.adminToken.split('_')[2] ?? '';
  const peer = fork(join(import.meta.dirname, '../harness/auth-peer-server.js'), [
    String(port),
    platform.authDatabaseUrl,
    tokenId,
  ]);
  endWhenDone(peer);
  await once(peer, 'message');
  const named = (
    name: string,
    against: string,
    target: string,
  ): Comparison & { ours: number[]; theirs: number[] } => ({
    ...{ name, peer: against, target, unit: 'per second' },
    ...{ ours: [], theirs: [] },
  });
  const authorize = named('authorize: a service token', 'RS256 signatures of one thread', '≥ 0.5');
  const check = named('check', 'bare Express with the same read', '≥ 0.8');
  const keys = named('jwks.json', 'bare Express with the same JSON', '≥ 0.8');
  try {
    const { url } = platform.auth;
    for (let round = 0; round < ROUNDS; round += 1) {
      authorize.theirs.push(await signingRate());
      authorize.ours.push(await rate(`${url}/auth/authorize?service=data-sets`, platform.adminToken));
      check.ours.push(await rate(`${url}/auth/check`, platform.adminToken));
      check.theirs.push(await rate(`http://127.0.0.1:${port}/check`));
      keys.ours.push(await rate(`${url}/.well-known/jwks.json`));
      keys.theirs.push(await rate(`http://127.0.0.1:${port}/keys`));
    }
    return { case: 'auth', comparisons: [authorize, check, keys], facts: await passwords(platform) };
  } finally {
    peer.kill();
    await platform.stop();
  }
}
