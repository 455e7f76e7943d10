import { problem } from '@flyloft/common';
import { expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import supertest from 'supertest';
import { createMetrics, createServiceApp, type Endpoint } from '../src/index.ts';

const described = { tag: 'things', summary: 'Something', answers: { 200: { description: 'It' } } };

const endpoints: Endpoint[] = [
  {
    ...described,
    method: 'get',
    path: '/things/first',
    handlers: [(_req, res) => void res.send('the first')],
  },
  {
    ...described,
    method: 'get',
    path: '/things/:id',
    direct: true,
    matches: ({ params }) => params.id !== 'none',
    handlers: [
      async (req, res, next) => {
        if (req.params.id === 'gone') throw problem('not_found', 'gone');
        res.locals.seen = req.ip;
        next();
      },
      (req, res) =>
        void res.json({ id: req.params.id, path: req.path, at: res.locals.seen, url: req.originalUrl }),
    ],
  },
  {
    ...described,
    method: 'get',
    path: '/asked/:id',
    direct: 'with a query',
    handlers: [(req, res) => void res.json({ query: req.query, path: req.path, url: req.originalUrl })],
  },
  {
    ...described,
    method: 'get',
    path: '/:name',
    direct: true,
    handlers: [() => Promise.reject(new Error('1234'))],
  },
  { ...described, method: 'get', path: '/files/*key', handlers: [(_req, res) => void res.send('a file')] },
];

/** What every request goes through that is routed; Express's types leave it out. */
const routerOf = (app: ReturnType<typeof createServiceApp>) =>
  app.router as unknown as { handle: (...given: unknown[]) => void };

function startApp() {
  const app = createServiceApp({
    service: { name: 'things', version: '1.2.3', description: 'Keeps things' },
    logger: pino({ level: 'silent' }),
    metrics: createMetrics('things'),
    healthChecks: [],
    endpoints,
  });
  return { app, routed: jest.spyOn(routerOf(app), 'handle') };
}

it('answers a direct endpoint without the router, as the router would', async () => {
  const { app, routed } = startApp();
  const direct = await supertest(app).get('/things/2').expect(200);
  expect(routed).not.toHaveBeenCalled();
  expect(JSON.parse(direct.text)).toEqual({
    id: '2',
    path: '/things/2',
    at: '127.0.0.1',
    url: '/things/2',
  });
  expect(direct.headers['x-request-id']).toBeDefined();
  expect(direct.headers['x-content-type-options']).toBe('nosniff');
  const encoded = await supertest(app).get('/things/%32').expect(200);
  expect(routed).toHaveBeenCalledTimes(1);
  expect(encoded.body.id).toBe('2');
});

it.each([
  ['?a=b&c=d%20e&a=f', { a: ['b', 'f'], c: 'd e' }],
  ['?', {}],
  ['?__proto__=x&q=?/', { q: '?/' }],
])('reads the query %s of an endpoint that is direct with one, as behind the router', async (query, read) => {
  const { app, routed } = startApp();
  const direct = await supertest(app).get(`/asked/2${query}`).expect(200);
  expect(routed).not.toHaveBeenCalled();
  const encoded = await supertest(app).get(`/asked/%32${query}`).expect(200);
  expect(routed).toHaveBeenCalledTimes(1);
  expect(direct.body).toMatchObject({ query: read, path: '/asked/2' });
  expect(encoded.body.query).toEqual(direct.body.query);
});

it('renders what a direct endpoint throws, before and after it waited', async () => {
  const { app, routed } = startApp();
  const gone = await supertest(app).get('/things/gone').expect(404);
  expect(JSON.parse(gone.text).detail).toBe('gone');
  const failed = await supertest(app).get('/anything').expect(500);
  expect(failed.text).not.toContain('1234');
  expect(routed).not.toHaveBeenCalled();
});

it.each([
  ['another method', 'post', '/things/2', 405],
  ['HEAD', 'head', '/things/2', 200],
  ['a query', 'get', '/things/2?a=b', 200],
  ['a slash behind it', 'get', '/things/2/', 404],
  ['an endpoint that comes before', 'get', '/things/first', 200],
  ['the same in capital letters', 'get', '/THINGS/FIRST', 200],
  ['a path that its rule does not hold for', 'get', '/things/none', 404],
  ['a path that another template may match', 'get', '/files/a', 200],
  ['an address that every service has', 'get', '/livez', 200],
] as const)('leaves %s to the router', async (_what, method, path, status) => {
  const { app, routed } = startApp();
  await supertest(app)[method](path).expect(status);
  expect(routed).toHaveBeenCalledTimes(1);
});
