import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { foldPhrase, hiddenSubject, type Moderation, phraseKey, refuseWords } from '@flyloft/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ANN, BOB, startConductor, type TestConductor, uploadFiles } from './conductor.ts';
import { publishPackage } from './published.ts';

const CAROL = 'c'.repeat(32);
const words = { blocked: new Set([phraseKey(foldPhrase('darn'))]), allowed: new Set<string>(), longest: 1 };
const moderation: Moderation = { refuseWords: (texts) => refuseWords(texts, words), isHidden: () => false };

let conductor: TestConductor;
let shown: string;

beforeAll(async () => {
  conductor = await startConductor({ moderation });
  shown = await publishPackage(conductor, { isPrivate: false });
});

afterAll(() => conductor.close());

const moderatorToken = () =>
  conductor.issuer.serviceToken({ service: 'os.datastore', userid: CAROL, permissions: { moderate: true } });

interface Sent {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

async function ask(method: string, path: string, { token, body, headers = {} }: Sent = {}) {
  const answer = await fetch(`${conductor.origin}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
}

const bob = () => conductor.tokenOf(BOB);
const comment = (text: unknown, token: string | undefined = bob(), id = shown) =>
  ask('POST', `/packages/${id}/comments`, { token, body: { text } });

async function hide(kind: 'package' | 'comment', id: string | undefined) {
  const hidden = id === undefined ? [] : [{ kind, subject: hiddenSubject(id) }];
  await conductor.registry.applyModeration({ words: { blocked: [], allowed: [], longest: 0 }, hidden });
}

describe('comments', () => {
  it('are written by whoever the token says, whatever the body says, and listed by pages', async () => {
    const spoofed = { text: 'Well done', author: ANN, created_at: '1999-01-01T00:00:00Z', id: 'x' };
    const made = await ask('POST', `/packages/${shown}/comments`, { token: bob(), body: spoofed });
    expect(made).toMatchObject({ status: 201, body: { author: BOB, text: 'Well done', edited_at: null } });
    expect(Date.parse(made.body.created_at)).toBeGreaterThan(Date.parse('2020-01-01'));
    await comment('And another');
    const first = await ask('GET', `/packages/${shown}/comments?per_page=1`);
    expect(first).toMatchObject({ status: 200, body: { page: 1, per_page: 1, total: 2 } });
    const second = await ask('GET', `/packages/${shown}/comments?per_page=1&page=2`);
    expect(second.body.data).toMatchObject([{ text: 'And another' }]);
    expect(await ask('GET', `/packages/comments/${made.body.id}`)).toMatchObject({
      body: { package: shown },
    });
    expect((await ask('GET', `/packages/${shown}/comments?page=0`)).status).toBe(400);
  });

  it('have 1 to 480 characters, and none of the words that are not allowed', async () => {
    for (const text of ['', ' ', 'x'.repeat(481), 7, null, 'a\0b', undefined]) {
      expect([text, (await comment(text)).status]).toEqual([text, 400]);
    }
    expect((await comment('😀'.repeat(480), conductor.tokenOf(ANN))).status).toBe(201);
    expect(await comment('Oh, DARN it')).toMatchObject({
      status: 400,
      body: { code: 'words_not_allowed', errors: [{ pointer: '/text', phrase: 'darn', position: 4 }] },
    });
  });

  it('are changed and deleted by their author and moderators alone, which is written down', async () => {
    const { body } = await comment('Mine', conductor.tokenOf(ANN));
    const path = `/packages/${shown}/comments/${body.id}`;
    const change = { body: { text: 'Changed' } };
    expect((await ask('PATCH', path, change)).status).toBe(401);
    expect((await ask('PATCH', path, { ...change, token: bob() })).status).toBe(403);
    expect((await ask('DELETE', path, { token: bob() })).status).toBe(403);
    const own = await ask('PATCH', path, { ...change, token: conductor.tokenOf(ANN) });
    expect(own).toMatchObject({ status: 200, body: { text: 'Changed', edited_by: ANN } });
    const other = await ask('PATCH', path, { body: { text: 'Moderated' }, token: moderatorToken() });
    expect(other.body).toMatchObject({ author: ANN, edited_by: CAROL });
    expect((await ask('DELETE', path, { token: moderatorToken() })).status).toBe(204);
    expect((await ask('DELETE', path, { token: moderatorToken() })).status).toBe(404);
    const elsewhere = `/packages/${shown}/comments/7`;
    expect((await ask('PATCH', elsewhere, { ...change, token: bob() })).status).toBe(404);
  });

  it('of a private package are the stranger’s 404, by whatever address', async () => {
    const hidden = await publishPackage(conductor);
    const { body } = await comment('A note', conductor.tokenOf(ANN), hidden);
    for (const token of [undefined, bob(), moderatorToken()]) {
      expect((await ask('GET', `/packages/${hidden}/comments`, { token })).status).toBe(404);
      expect((await ask('GET', `/packages/comments/${body.id}`, { token })).status).toBe(404);
    }
    expect((await comment('Hello', bob(), hidden)).status).toBe(404);
    expect((await comment('Hello', bob(), `${ANN}:unknown`)).status).toBe(404);
  });

  it('are made once for an Idempotency-Key', async () => {
    const once = (text: string) =>
      ask('POST', `/packages/${shown}/comments`, {
        token: conductor.tokenOf(CAROL),
        body: { text },
        headers: { 'Idempotency-Key': 'comment-1' },
      });
    const answers = await Promise.all([once('Once'), once('Once'), once('Once')]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await once('Once')).headers.get('idempotency-replayed')).toBe('true');
    expect((await once('Twice')).status).toBe(422);
  });

  it('are limited to ten a minute for one person', async () => {
    const busy = conductor.tokenOf('d'.repeat(32));
    const answers = await Promise.all(Array.from({ length: 11 }, () => comment('Hi', busy)));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
  });
});

describe('what is hidden', () => {
  it('a comment: its author and moderators alone see it', async () => {
    const id = await publishPackage(conductor, { isPrivate: false });
    const { body } = await comment('Rude', conductor.tokenOf(CAROL), id);
    await hide('comment', body.id);
    const total = async (token?: string) =>
      (await ask('GET', `/packages/${id}/comments`, { token })).body.total;
    expect([await total(), await total(bob())]).toEqual([0, 0]);
    expect([await total(conductor.tokenOf(CAROL)), await total(moderatorToken())]).toEqual([1, 1]);
    expect((await ask('GET', `/packages/comments/${body.id}`)).status).toBe(404);
    await hide('comment', undefined);
    expect(await total()).toBe(1);
  });

  it('a package: out of search, listings and its own address for strangers, until it is shown again', async () => {
    const id = await publishPackage(conductor, { isPrivate: false });
    const seen = async (token?: string) => [
      (await ask('GET', `/packages/${id}`, { token })).status,
      (await ask('GET', `/search/package?id=${encodeURIComponent(JSON.stringify(id))}`, { token })).body
        .length,
      (await conductor.registry.listCubes()).filter(({ cube }) => cube.id === id).length,
    ];
    expect(await seen()).toEqual([200, 1, 1]);
    await hide('package', id);
    expect(await seen()).toEqual([404, 0, 0]);
    expect((await seen(conductor.tokenOf(ANN))).slice(0, 2)).toEqual([200, 1]);
    expect((await ask('GET', `/packages/${id}`, { token: moderatorToken() })).body.hidden).toBe(true);
    await hide('package', undefined);
    expect(await seen()).toEqual([200, 1, 1]);
  });

  it('a package that is deleted and loaded again is still hidden', async () => {
    const wanted = { name: 'again', isPrivate: false };
    const id = await publishPackage(conductor, wanted);
    await hide('package', id);
    await conductor.registry.deletePackage(id);
    await publishPackage(conductor, wanted);
    expect((await ask('GET', `/packages/${id}`)).status).toBe(404);
    await hide('package', undefined);
  });
});

describe('words', () => {
  it('in the titles and descriptions of an uploaded package refuse POST /packages with 400', async () => {
    const resources = [{ name: 'data', title: 'The darn data', path: 'data.csv' }];
    const descriptor = JSON.stringify({ name: 'words', title: 'Fine', resources });
    const urls = await uploadFiles(conductor, ANN, 'words', { 'datapackage.json': descriptor });
    const body = { datapackage: urls['datapackage.json'] };
    const token = conductor.tokenOf(ANN);
    const refused = await ask('POST', '/packages', { token, body });
    expect(refused).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/resources/0/title', phrase: 'darn', position: 4 }] },
    });
  });

  it('are told by the status of a load that an older client asks for: os-packager shows nothing else', async () => {
    const urls = await uploadFiles(conductor, ANN, 'words', { 'datapackage.json': '{"title":"darn"}' });
    const datapackage = encodeURIComponent(String(urls['datapackage.json']));
    const asked = `/package/upload?datapackage=${datapackage}&jwt=${conductor.tokenOf(ANN)}`;
    expect(await ask('POST', asked)).toMatchObject({ status: 200, body: { status: 'queued' } });
    // the worker's own tests have what comes of it: `fail`, with word and place
    expect((await ask('GET', `/package/status?datapackage=${datapackage}`)).status).toBe(200);
  });

  it('of the feed are kept for the worker, which cannot ask auth', async () => {
    const list = { blocked: ['a'.repeat(64)], allowed: [], longest: 2 };
    await conductor.registry.applyModeration({ words: list, hidden: [] });
    expect(await conductor.registry.wordList()).toMatchObject({ longest: 2 });
  });
});

describe('docs/moderation.md', () => {
  it('has only commands about comments that work', async () => {
    const text = readFileSync(join(import.meta.dirname, '../../../docs/moderation.md'), 'utf8');
    const commands = text.split('\n').filter((line) => /^curl .*\/packages\//.test(line));
    expect(commands).toHaveLength(2);
    const env = {
      PATH: process.env.PATH,
      ORIGIN: conductor.origin,
      PACKAGE_ID: shown,
      SERVICE_TOKEN: conductor.tokenOf('e'.repeat(32)),
    };
    for (const command of commands) {
      const strict = command.replace('curl', 'curl --silent --show-error --fail-with-body');
      const { stdout } = await promisify(execFile)('sh', ['-c', strict], { env });
      expect(JSON.parse(stdout)).toBeDefined();
    }
  });
});

describe('notices', () => {
  it('of ended loads, publications and comments go to the queue, each once and to the owner', async () => {
    const { notices, stop } = conductor.takeNotices();
    const id = await publishPackage(conductor, { name: 'told', isPrivate: false });
    const { body } = await comment('Nice', conductor.tokenOf(CAROL), id);
    await comment('Thanks', conductor.tokenOf(ANN), id);
    const about = () => notices.filter(({ package_id }) => package_id === id);
    while (about().length < 3) await delay(20);
    expect(about().map(({ kind, userid }) => [kind, userid])).toEqual(
      expect.arrayContaining([
        ['load-done', ANN],
        ['package-published', ANN],
        ['comment', ANN],
      ]),
    );
    expect(about().find(({ kind }) => kind === 'comment')).toMatchObject({
      subject_id: body.id,
      detail: 'Nice',
    });
    expect(await conductor.registry.noticesToSend()).toEqual([]);
    await stop();
  });
});
