import { serveHttp } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTargetDirectory } from '../src/moderation/target-directory.ts';
import { type Harness, openHarness } from './harness.ts';

// That the services answer so is in acceptance/src/community.test.ts.
const COMMENT = '0A0e8400-e29b-41d4-a716-446655440000';

let harness: Harness;
let origin: string;
let close: () => Promise<void>;
const asked: string[] = [];

beforeAll(async () => {
  harness = await openHarness();
  ({ origin, close } = await serveHttp((req, res) => {
    asked.push(req.url ?? '');
    if (req.url?.includes('silent')) return;
    if (req.url?.includes('reset')) return void req.socket.destroy();
    const status = /unknown/.test(req.url ?? '') ? 404 : /broken/.test(req.url ?? '') ? 500 : 200;
    const location = req.url?.includes('moved') ? { Location: '/unknown' } : {};
    res.writeHead('Location' in location ? 302 : status, location).end('{}');
  }));
});
afterAll(async () => {
  await close();
  await harness.close();
});

const directory = (packagesUrl?: string, dataSetsUrl?: string) =>
  createTargetDirectory({ users: harness.stores.users, packagesUrl, dataSetsUrl });

describe('what is reported', () => {
  it('is asked for at the service that owns it, as a stranger would', async () => {
    const targets = directory(origin, origin);
    expect(await targets.find('package', 'ann:a/b?c')).toBe('ann:a/b?c');
    expect(await targets.find('comment', COMMENT)).toBe(COMMENT.toLowerCase());
    expect(await targets.find('data-set', 'parks_visits')).toBe('parks_visits');
    expect(asked).toEqual([
      '/packages/ann%3Aa%2Fb%3Fc',
      `/packages/comments/${COMMENT.toLowerCase()}`,
      '/parks_visits?limit=1',
    ]);
  });

  it('is not there where that service says so', async () => {
    const targets = directory(origin, origin);
    expect(await targets.find('package', 'ann:unknown')).toBeUndefined();
    expect(await targets.find('data-set', 'unknown_set')).toBeUndefined();
  });

  it('counts as there while that service is away, silent, broken or odd: nobody is kept from reporting', async () => {
    for (const name of ['broken', 'reset', 'moved', 'silent']) {
      expect(await directory(origin, origin).find('package', `ann:${name}`)).toBe(`ann:${name}`);
    }
    const away = directory('http://127.0.0.1:1', 'http://127.0.0.1:1');
    expect(await away.find('package', 'ann:unknown')).toBe('ann:unknown');
    expect(await away.find('data-set', 'unknown_set')).toBe('unknown_set');
    expect(await directory().find('comment', COMMENT)).toBe(COMMENT.toLowerCase());
  });

  it('is never asked for where it cannot be a name: nobody leads auth to another address', async () => {
    const before = asked.length;
    const targets = directory(origin, origin);
    for (const [kind, id] of [
      ['package', '..'],
      ['package', 'nothing'],
      ['comment', '../../admin'],
      ['data-set', '../admin'],
      ['data-set', '//evil.example/x'],
      ['user', '../x'],
    ] as const) {
      expect([kind, id, await targets.find(kind, id)]).toEqual([kind, id, undefined]);
    }
    expect(asked).toHaveLength(before);
    expect(await targets.find('package', 'http://evil.example/:x')).toBe('http://evil.example/:x');
    expect(asked.at(-1)).toBe('/packages/http%3A%2F%2Fevil.example%2F%3Ax');
  });
});
