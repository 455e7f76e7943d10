import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createTestDatabase, type TestDatabase } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

jest.setTimeout(120_000);

const service = join(import.meta.dirname, '..');
let testDatabase: TestDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});

afterAll(() => testDatabase.drop());

interface Program {
  readonly child: ChildProcess;
  /** Of its output, and what it says on standard error. */
  readonly lines: string[];
  /** Resolves with the first line of output that holds the text. */
  readonly line: (text: string) => Promise<string>;
}

/** A built program of the service, with its own variables and no others. */
function program(script: string, own: Readonly<Record<string, string | undefined>> = {}): Program {
  const child = spawn(process.execPath, [join(service, 'dist', script)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      DATABASE_URL: testDatabase.url,
      EXTERNAL_ADDRESS: 'http://127.0.0.1:4000',
      KEY_ENCRYPTION_KEY: 'q3t6w9z$C&F)J@NcRfUjXn2r5u8x!A%D',
      PORT: '0',
      LOG_LEVEL: 'trace',
      ...own,
    },
  });
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => lines.push(line));
  child.stderr.on('data', (text) => lines.push(String(text)));
  const line = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find((one) => one.includes(text));
        if (found !== undefined) resolve(found);
      };
      output.on('line', look);
      output.once('close', () => reject(new Error(`${script} ended without "${text}"`)));
      look();
    });
  return { child, lines, line };
}

describe('the built service, alone', () => {
  it('D25: serves, logs no secret whatever it is sent, and stops cleanly', async () => {
    const administrator = JSON.parse(await program('commands/create-administrator.js').line('created'));
    const server = program('server.js');
    const { port } = JSON.parse(await server.line('"listening"'));
    const origin = `http://127.0.0.1:${port}`;
    const { token, sign_in_url } = administrator;
    const bearer = { Authorization: `Bearer ${token}` };
    const email = 'somebody@example.org';
    const password = 'a password nobody may read';

    const made = await fetch(`${origin}/admin/users`, {
      method: 'POST',
      headers: { ...bearer, 'Content-Type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    expect(made.status).toBe(201);
    const { recovery_url } = (await made.json()) as { recovery_url: string };
    const authorized = await fetch(`${origin}/auth/authorize?service=data-sets&jwt=${token}`);
    const { token: serviceToken } = (await authorized.json()) as { token: string };
    const signIn = new URL(sign_in_url);
    const signedIn = await fetch(`${origin}${signIn.pathname}${signIn.search}`);
    expect(signedIn.status).toBe(200);
    const cookie = signedIn.headers.getSetCookie()[0]?.split(/[=;]/)[1] ?? '';
    await fetch(`${origin}/auth/check?strict=1`, { headers: { 'auth-token': serviceToken } });
    await fetch(`${origin}/admin/users`, {
      method: 'POST',
      headers: { ...bearer, 'Content-Type': 'application/json' },
      body: `{"password": "${password}"`,
    });

    server.child.kill('SIGTERM');
    const [code] = await once(server.child, 'close');
    expect(code).toBe(0);
    const log = server.lines.join('\n');
    expect(log.match(/"msg":"request"/g)).toHaveLength(5);
    const links = [sign_in_url, recovery_url].map((url) => new URL(url).searchParams.get('link') ?? '');
    for (const secret of [token, serviceToken, cookie, password, email, ...links]) {
      expect(secret.length).toBeGreaterThan(5);
      expect(log).not.toContain(secret);
    }
  });
});

describe('the built service, with keys that it must not use', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const PRIVATE_KEY = weak.export({ type: 'pkcs8', format: 'pem' }).toString();

  it.each([
    ['no secret for its keys', { KEY_ENCRYPTION_KEY: undefined }, /KEY_ENCRYPTION_KEY is missing/],
    ['a secret that nobody drew', { KEY_ENCRYPTION_KEY: 'x'.repeat(40) }, /KEY_ENCRYPTION_KEY: must be/],
    ['a weak key', { PRIVATE_KEY }, /PRIVATE_KEY: must be an RSA key of at least 2048 bits/],
  ])('D24: does not start with %s, and says what is wrong', async (_what, own, message) => {
    const { child, lines } = program('server.js', own);
    const [code] = await once(child, 'close');
    const said = lines.join('\n');
    expect(code).toBeGreaterThan(0);
    expect(said).toMatch(message);
    expect(said).not.toContain('"listening"');
    expect(said).not.toContain(PRIVATE_KEY.slice(40, 80));
  });
});
