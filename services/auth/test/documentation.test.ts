import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Harness, openHarness } from './harness.ts';
import { kratosModeOf } from './kratos/kratos-harness.ts';
import { createKratosStub, type KratosStub } from './kratos/stub.ts';
import { makePerson } from './people.ts';

const documents = join(import.meta.dirname, '../../../docs');
const script = join(import.meta.dirname, '../dist/commands/auth.js');

let harness: Harness;
let server: Server;
let folder: string;
let environment: Record<string, string | undefined>;
let kratos: KratosStub;
let kratosServer: Server;
/** What the documents about Kratos have instead. */
let kratosEnvironment: Record<string, string>;

beforeAll(async () => {
  harness = await openHarness({ realTime: true });
  folder = await mkdtemp(join(tmpdir(), 'flyloft-docs-'));
  server = createServer(harness.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { id } = await harness.database.user.create({
    data: { id: crypto.randomUUID(), idhash: 'a'.repeat(32), username: 'maria' },
  });
  // the documents suspend Maria
  const nina = await makePerson(harness, 'user');
  const reportId = crypto.randomUUID();
  const reported = { kind: 'package', target: 'ann:budget', reason: 'Spam', reporterId: nina.id };
  await harness.database.report.create({ data: { id: reportId, ...reported } });
  environment = {
    PATH: process.env.PATH,
    DATABASE_URL: harness.databaseUrl,
    KEY_ENCRYPTION_KEY: 'mY3nQ7xW1zK9vB5tR2pL8cF4hJ6dS0aG',
    EXTERNAL_ADDRESS: 'http://127.0.0.1:4000',
    ORIGIN: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    TOKEN: harness.adminToken,
    ID: id,
    USER_TOKEN: nina.token,
    USER_ID: nina.id,
    REPORT_ID: reportId,
  };
  kratos = await createKratosStub('http://127.0.0.1:4000');
  kratosServer = createServer(harness.openApp({ kratos: kratosModeOf(kratos) })).listen(0, '127.0.0.1');
  await once(kratosServer, 'listening');
  const kratosOrigin = `http://127.0.0.1:${(kratosServer.address() as AddressInfo).port}`;
  const session = kratos.signIn(kratos.add({ traits: { email: 'bea@example.org' }, verified: true }));
  const me = await fetch(`${kratosOrigin}/auth/me`, { headers: { 'X-Session-Token': session.secret } });
  const { uuid } = (await me.json()) as { uuid: string };
  kratosEnvironment = {
    ...{ ORIGIN: kratosOrigin, SESSION_TOKEN: session.secret, ID: uuid },
    ...{ KRATOS_PUBLIC_URL: kratos.publicUrl, KRATOS_ADMIN_URL: kratos.adminUrl },
  };
  // as operators find them: the next key has been published for long
  await harness.database.signingKey.updateMany({ data: { createdAt: new Date(0) } });
  const header = 'id,provider_id,username,name,email,avatar_url,join_date';
  await writeFile(
    join(folder, 'users.csv'),
    `${header}\n${'b'.repeat(32)},google:1,bob,Bob,bob@example.org,,`,
  );
  await writeFile(join(folder, 'users.jsonl'), JSON.stringify({ id: 'google:2', idhash: 'c'.repeat(32) }));
});

afterAll(async () => {
  for (const one of [server, kratosServer]) {
    one.closeAllConnections();
    one.close();
  }
  await rm(folder, { recursive: true, force: true });
  await harness.close();
  await kratos.close();
});

/** The commands of the blocks of `sh`, one each, with continued lines joined. */
function commandsOf(document: string): string[] {
  const text = readFileSync(join(documents, document), 'utf8');
  return [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) =>
    block
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line !== '' && !line.includes('/packages/')),
  );
}

/** Runs a command of the docs: curl fails where the answer is no success, and `npm run auth` is the built program. */
function run(command: string, own: Record<string, string> = {}): Promise<{ status: number; output: string }> {
  const adapted = command
    .replace(/^curl /, 'curl --silent --show-error --fail-with-body ')
    .replace(/(?<=^|\| )npm run auth -- /, `"${process.execPath}" "${script}" `);
  return new Promise((resolve) => {
    execFile(
      'sh',
      ['-c', adapted],
      { env: { ...environment, ...own }, cwd: folder },
      (error, output, errors) =>
        resolve({ status: typeof error?.code === 'number' ? error.code : 0, output: output + errors }),
    );
  });
}

describe.each([
  ['permissions.md', 6],
  ['auth-operations.md', 6],
  ['hydra.md', 3],
  ['kratos.md', 11],
  ['administration.md', 40],
  ['single-sign-on.md', 8],
  // those to the conductor are run by its own tests
  ['moderation.md', 10],
])('docs/%s', (document, count) => {
  it('has only commands that work, in their order', async () => {
    const commands = commandsOf(document);
    expect(commands).toHaveLength(count);
    for (const command of commands) {
      const own = document === 'kratos.md' ? kratosEnvironment : {};
      const { status, output } = await run(command, own);
      expect({ command, status, output }).toMatchObject({ command, status: 0 });
    }
  });
});
