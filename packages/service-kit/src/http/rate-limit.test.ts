import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTcpProxy, describeWith, testRedisUrl } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { createLogger } from '../logger.ts';
import { errorHandler, renderProblem } from './errors.ts';
import { createRedisCounters } from './rate-counters.ts';
import { limitEvents, limitRate, rateLimitsSchema } from './rate-limit.ts';

describe('the text of limits', () => {
  it('reads one or several', () => {
    expect(rateLimitsSchema.parse('100/minute;5/second')).toEqual([
      { requests: 100, seconds: 60 },
      { requests: 5, seconds: 1 },
    ]);
  });
  it.each(['', '0/minute', '5', '5/week', '5/minute;', '-1/hour', '5/minute,6/hour'])(
    'refuses "%s"',
    (text) => {
      expect(rateLimitsSchema.safeParse(text).success).toBe(false);
    },
  );
});

describe('limited requests', () => {
  let server: Server;
  const get = (key: string) =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers: { 'x-key': key } });

  beforeAll(async () => {
    const app = express();
    app.use(
      limitRate({
        name: 'test',
        limits: rateLimitsSchema.parse('3/hour;100/day'),
        keyOf: (req) => req.get('x-key') ?? '',
      }),
    );
    app.get('/', (_req, res) => void res.end('done'));
    app.use(errorHandler(createLogger('test', 'silent'), renderProblem));
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('429: the nearest limit is told, with when to come again; other keys are not touched', async () => {
    for (const remaining of ['2', '1', '0']) {
      const { status, headers } = await get('one');
      expect([status, headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')]).toEqual([
        200,
        '3',
        remaining,
      ]);
    }
    const refused = await get('one');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_000);
    expect(refused.headers.get('ratelimit-reset')).toBe(refused.headers.get('retry-after'));
    expect(await refused.json()).toMatchObject({ code: 'too_many_requests' });
    expect((await get('two')).status).toBe(200);
  });
});

describe('what is counted at once', () => {
  it('is counted exactly, each key for itself: of 200 at once a limit of 120 refuses 80', async () => {
    const limit = limitEvents({ name: 'at-once', limits: rateLimitsSchema.parse('120/hour') });
    const ask = (key: string) => Promise.allSettled(Array.from({ length: 200 }, () => limit.count(key)));
    for (const answers of await Promise.all([ask('one'), ask('other')])) {
      expect(answers.map(({ status }) => status).indexOf('rejected')).toBe(120);
      expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(80);
    }
  });
});

const redisUrl = testRedisUrl();

describeWith(redisUrl)('limits of several replicas', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterAll(() => Promise.all(closing.map((close) => close())));

  /** A replica that counts in Redis; answers how to ask it. */
  async function replica(url: string, name: string) {
    const counters = await createRedisCounters(url, () => {});
    const app = express();
    app.use(limitRate({ name, counters, limits: rateLimitsSchema.parse('3/hour'), keyOf: () => 'one' }));
    app.get('/', (_req, res) => void res.end('done'));
    app.use(errorHandler(createLogger('test', 'silent'), renderProblem));
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(counters.close, () => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    return async () => {
      const { status, headers } = await fetch(`http://127.0.0.1:${port}/`, {
        headers: { Connection: 'close' },
      });
      return [status, headers.get('ratelimit-remaining')];
    };
  }
  it('are counted together', async () => {
    const name = `together-${Math.random()}`;
    const [first, second] = [await replica(redisUrl ?? '', name), await replica(redisUrl ?? '', name)];
    expect(await first()).toEqual([200, '2']);
    expect(await second()).toEqual([200, '1']);
    expect(await first()).toEqual([200, '0']);
    expect([await first(), await second()]).toEqual([
      [429, '0'],
      [429, '0'],
    ]);
  });

  it('are counted by each alone while Redis is away: nobody is refused for that, and none goes without limit', async () => {
    const proxy = await createTcpProxy(redisUrl ?? '', { cut: true });
    closing.push(proxy.close);
    const ask = await replica(proxy.url, `away-${Math.random()}`);
    const answers = [await ask(), await ask(), await ask(), await ask()];
    expect(answers).toEqual([
      [200, '2'],
      [200, '1'],
      [200, '0'],
      [429, '0'],
    ]);
  });
});
