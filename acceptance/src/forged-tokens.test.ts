import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { accessTo, bearer, newPerson, platform, send, unique } from './platform.ts';

// Every endpoint of every service that its own document calls secured, with what anybody can forge. The whole matrix,
// signed with the right key, is held against single endpoints in the services' own tests.

const SERVICES = [
  { name: 'auth', url: platform.auth.url, type: 'user+jwt', audience: platform.origin },
  { name: 'write-api', url: platform.writeApi.url, type: 'service+jwt', audience: 'data-sets' },
  { name: 'read-api', url: platform.readApi.url, type: 'service+jwt', audience: 'data-sets' },
  { name: 'conductor', url: platform.conductor.url, type: 'service+jwt', audience: 'os.datastore' },
] as const;

type Service = (typeof SERVICES)[number];

/**
 * What keeps an older contract looks at the rest of the request first, or refuses in words of its own, or shows strangers
 * what is public whatever they send: the tests of those endpoints hold the whole matrix against them.
 */
const IN_THE_WORDS_OF_OLDER_CONTRACTS = new Set([
  'get /search/{kind}',
  'post /datastore/',
  'post /datastore/authorize',
  'post /package/delete',
  'post /package/publish',
  'post /package/run-hooks',
  'post /package/update_params',
  'post /package/upload',
]);

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** What somebody can make who knows everything but the private key. */
async function forgeriesFor({ name, type, audience }: Service): Promise<[string, string][]> {
  const published = await fetch(`${platform.auth.url}/.well-known/jwks.json`);
  const { keys } = (await published.json()) as { keys: { kid: string }[] };
  const pem = await (await fetch(`${platform.auth.url}/auth/public-key`)).text();
  const now = Math.floor(Date.now() / 1000);
  const claims = part({
    ...{ iss: platform.origin, aud: audience, iat: now, exp: now + 600, jti: randomUUID() },
    ...{ sub: randomUUID(), sid: randomUUID(), userid: 'x', permissions: { admin: true }, service: audience },
  });
  const header = { alg: 'RS256', typ: type, kid: keys[0]?.kid };
  const byAttacker = (members: object) => {
    const content = `${part({ ...header, ...members })}.${claims}`;
    return `${content}.${sign('sha256', Buffer.from(content), attacker.privateKey).toString('base64url')}`;
  };
  const confused = `${part({ ...header, alg: 'HS256' })}.${claims}`;
  const { token: personal } = await newPerson();
  const { token: elsewhere } = await accessTo(
    audience === 'os.datastore' ? 'data-sets' : 'os.datastore',
    platform.adminToken,
  );
  return [
    ['unsigned', `${part({ ...header, alg: 'none' })}.${claims}.`],
    [
      'HS256 with the public key',
      `${confused}.${createHmac('sha256', pem).update(confused).digest('base64url')}`,
    ],
    ['signed by somebody else', byAttacker({})],
    ['with its own key', byAttacker({ jwk: attacker.publicKey.export({ format: 'jwk' }) })],
    ['garbage', 'x.y.z'],
    // read-api takes tokens of both services for cubes (auth.md A7.1)
    ...(name === 'read-api' ? [] : [['for another service', elsewhere] as [string, string]]),
    ...(name === 'auth' ? [] : [['a personal access token', personal] as [string, string]]),
  ];
}

const names: Record<string, string> = {};

beforeAll(async () => {
  const { token } = await accessTo('data-sets', platform.adminToken);
  const group = unique('forged');
  const set = { data_group: group, data_type: 'events', published: true };
  const created = await send('POST', '/data-sets', set, bearer(token));
  expect(created.status).toBe(201);
  Object.assign(names, { data_group: group, data_type: 'events', data_set_name: created.json().name });
  names.kind = 'package';
});

/** An address of the template, with things that are there. */
function addressOf(path: string): string {
  const address = path.replace(/\{([^}]*)\}/g, (_all, name: string) => names[name] ?? 'nothing');
  return /^\/(auth|user)\/(check|authorize|update)$/.test(path) ? `${address}?strict=1` : address;
}

/** Method and path of everything that needs a token. */
async function securedAt(url: string): Promise<[method: string, path: string][]> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { security?: unknown }>>;
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => security !== undefined)
      .map(([method]): [string, string] => [method, path])
      .filter(([method]) => !IN_THE_WORDS_OF_OLDER_CONTRACTS.has(`${method} ${path}`)),
  );
}

async function ask(url: string, method: string, path: string, token: string) {
  const answer = await fetch(url + addressOf(path), {
    method: method.toUpperCase(),
    headers: { 'Content-Type': 'application/json', ...bearer(token) },
    ...(method === 'get' ? {} : { body: '{}' }),
  });
  await answer.text();
  return { status: answer.status, challenge: answer.headers.get('www-authenticate') };
}

describe.each(SERVICES)('$name', (service) => {
  it('D1 D2 D3 D4: refuses what anybody can forge at every endpoint that its document calls secured', async () => {
    const secured = await securedAt(service.url);
    expect(secured.length).toBeGreaterThan(10);
    const faults: string[] = [];
    for (const [what, token] of await forgeriesFor(service)) {
      for (const [method, path] of secured) {
        const { status, challenge } = await ask(service.url, method, path, token);
        if (status !== 401 || !/^bearer/i.test(challenge ?? ''))
          faults.push(`${what} at ${method} ${path}: ${status}`);
      }
    }
    expect(faults).toEqual([]);
  }, 60_000);
});
