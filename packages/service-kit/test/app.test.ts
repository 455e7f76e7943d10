import { problem } from '@flyloft/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { pino } from 'pino';
import supertest from 'supertest';
import { z } from 'zod';
import { createMetrics, createServiceApp, type Endpoint, type HealthCheck, validate } from '../src/index.ts';

let logLines: Record<string, unknown>[];
let database: () => Promise<void>;
let isStopping: boolean;

const bodySchema = z.strictObject({ name: z.string().min(2), age: z.number().optional() });

const endpoints: Endpoint[] = [
  {
    method: 'get',
    path: '/things/:id',
    tag: 'things',
    summary: 'One thing',
    answers: { 200: { description: 'The thing', schema: z.object({ id: z.string() }) } },
    handlers: [(req, res) => void res.json({ id: req.params.id })],
  },
  {
    method: 'post',
    path: '/things',
    tag: 'things',
    summary: 'Add a thing',
    secured: true,
    request: { body: { schema: bodySchema } },
    answers: { 201: { description: 'Added' } },
    handlers: [
      express.json({ limit: 100 }),
      (req, res) => void res.status(201).json(validate(bodySchema, req.body, 'body')),
    ],
  },
  {
    method: 'get',
    path: '/fails',
    tag: 'things',
    summary: 'Always fails',
    answers: { 200: { description: 'Never' } },
    handlers: [
      () => {
        throw new Error('the password is 1234');
      },
    ],
  },
  {
    method: 'get',
    path: '/old',
    tag: 'things',
    summary: 'Keeps an older contract',
    answers: { 200: { description: 'Never' } },
    errors: (error, _req, res) =>
      void res.status(error.status).json({ status: 'error', message: error.message }),
    handlers: [
      () => {
        throw problem('not_found', 'thing not found');
      },
    ],
  },
];

const app = () => {
  const healthChecks: HealthCheck[] = [{ name: 'database', check: () => database() }];
  return supertest(
    createServiceApp({
      service: { name: 'things', version: '1.2.3', description: 'Keeps things' },
      logger: pino({ level: 'info' }, { write: (line) => logLines.push(JSON.parse(line)) }),
      metrics,
      healthChecks,
      endpoints,
      isStopping: () => isStopping,
    }),
  );
};

let metrics: ReturnType<typeof createMetrics>;

beforeEach(() => {
  metrics = createMetrics('things');
  logLines = [];
  database = async () => undefined;
  isStopping = false;
});

describe('errors', () => {
  it('of an unknown path are problem+json with the id of the request', async () => {
    const answer = await app().get('/nowhere').set('X-Request-Id', 'mine-1').expect(404);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(JSON.parse(answer.text)).toEqual({
      type: 'urn:flyloft:problem:not_found',
      title: 'Not found',
      status: 404,
      code: 'not_found',
      request_id: 'mine-1',
    });
  });

  it('of a wrong method are 405 and name the right ones', async () => {
    const answer = await app().delete('/things/1').expect(405);
    expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS');
  });

  it('of a body name every field that is wrong', async () => {
    const answer = await app().post('/things').send({ name: 'x', colour: 'red' }).expect(400);
    const { code, errors } = JSON.parse(answer.text);
    expect(code).toBe('invalid_parameter');
    expect(errors).toEqual([
      { pointer: '/name', detail: expect.any(String) },
      { pointer: '', detail: expect.stringContaining('colour') },
    ]);
  });

  it('of malformed JSON are 400, of a large body 413', async () => {
    const malformed = await app().post('/things').type('json').send('{"a').expect(400);
    expect(JSON.parse(malformed.text).code).toBe('invalid_json');
    const large = await app()
      .post('/things')
      .send({ name: 'x'.repeat(200) })
      .expect(413);
    expect(JSON.parse(large.text).code).toBe('too_large');
  });

  it('of our own making keep their message to the log', async () => {
    const answer = await app().get('/fails').expect(500);
    expect(answer.text).not.toContain('1234');
    expect(JSON.stringify(logLines)).toContain('1234');
    const { request_id } = JSON.parse(answer.text);
    expect(logLines.every((line) => line.request_id === request_id)).toBe(true);
  });

  it('keep the form of an older contract where an endpoint asks for it', async () => {
    const answer = await app().get('/old').expect(404);
    expect(answer.body).toEqual({ status: 'error', message: 'thing not found' });
  });

  it('of a path that cannot be decoded are 400', async () => {
    await app().get('/things/%zz').expect(400);
  });
});

describe('a request id', () => {
  it('of the caller is kept when it is harmless, else replaced', async () => {
    const odd = await app().get('/things/1').set('X-Request-Id', 'a b"c');
    expect(odd.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });
});

describe('logs', () => {
  it('name method, path, template and status, but no query string and no header', async () => {
    await app().get('/things/7?jwt=secret-token').set('Authorization', 'Bearer another-secret').expect(200);
    expect(logLines).toEqual([
      expect.objectContaining({ method: 'GET', path: '/things/7', route: '/things/:id', status: 200 }),
    ]);
    expect(JSON.stringify(logLines)).not.toContain('secret');
  });
});

describe('health', () => {
  it('is ready while its dependencies answer', async () => {
    const answer = await app().get('/readyz').expect(200);
    expect(answer.body).toEqual({ status: 'ok', checks: { database: 'ok' } });
  });

  it('is not ready, but alive, while one does not, and does not say why to strangers', async () => {
    database = () => Promise.reject(new Error('no route to 10.1.2.3'));
    const answer = await app().get('/readyz').expect(503);
    expect(answer.body).toEqual({ status: 'unavailable', checks: { database: 'unavailable' } });
    await app().get('/livez').expect(200);
  });

  it('is not ready once it is stopping', async () => {
    isStopping = true;
    await app().get('/readyz').expect(503);
    await app().get('/livez').expect(200);
  });
});

describe('metrics', () => {
  it('count requests by route template, not by path', async () => {
    await app().get('/things/1');
    await app().get('/things/2');
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/http_requests_total\{[^}]*route="\/things\/:id"[^}]*\} 2/);
    expect(text).not.toContain('/things/1');
  });
});

describe('documentation', () => {
  it('is an OpenAPI document of exactly the endpoints', async () => {
    const { body } = await app().get('/openapi.json').expect(200);
    expect(Object.keys(body.paths).sort()).toEqual(['/fails', '/old', '/things', '/things/{id}']);
    expect(body.paths['/things'].post.security).toEqual([{ bearer: [] }]);
    expect(body.paths['/things'].post.requestBody.content['application/json'].schema.required).toEqual([
      'name',
    ]);
  });

  it('has a page whose every file comes from here', async () => {
    const page = await app().get('/docs').expect(200);
    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source ?? '');
    expect(sources.length).toBeGreaterThan(2);
    for (const source of sources) await app().get(`/${source}`).expect(200);
  });
});
