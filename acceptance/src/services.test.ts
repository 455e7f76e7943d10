import { describe, expect, it } from '@jest/globals';
import { platform, request } from './platform.ts';

const SERVICES = [
  ['auth', platform.auth.url],
  ['write-api', platform.writeApi.url],
  ['read-api', platform.readApi.url],
  ['package-conductor', platform.conductor.url],
] as const;

describe.each(SERVICES)('%s', (name, url) => {
  it.each(['/livez', '/readyz'])('answers %s', async (path) => {
    expect((await request(`${url}${path}`)).json()).toMatchObject({ status: 'ok' });
  });

  it('says its name and version', async () => {
    expect((await request(`${url}/version`)).json()).toEqual({ service: name, version: expect.any(String) });
  });

  it('describes itself by OpenAPI, with a page to read it', async () => {
    const document = (await request(`${url}/openapi.json`)).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).length).toBeGreaterThan(0);
    const page = await request(`${url}/docs`);
    expect(page.status).toBe(200);
    for (const [, source = ''] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await request(new URL(source, `${url}/docs`).href)).status).toBe(200);
    }
  });

  it('answers an unknown path with 404 and a request id', async () => {
    const answer = await request(`${url}/no/such/path/here`, { headers: { 'X-Request-Id': 'abc-123' } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-request-id')).toBe('abc-123');
  });

  it('shows requests, errors and durations by route template on its admin port alone', async () => {
    const admin = new URL(url);
    admin.port = String(Number(admin.port) + 100);
    const metrics = (await request(`${admin.origin}/metrics`)).text;
    expect(metrics).toMatch(/http_request_duration_seconds_bucket\{[^}]*route="unmatched"/);
    expect(metrics).toContain('nodejs_eventloop_lag_seconds');
    expect([404, 405]).toContain((await request(`${url}/metrics`)).status);
  });
});

describe('package-worker', () => {
  it('is ready, and shows its metrics', async () => {
    expect((await request(`${platform.worker.adminUrl}/readyz`)).json()).toMatchObject({ status: 'ok' });
    expect((await request(`${platform.worker.adminUrl}/metrics`)).text).toContain(
      'nodejs_eventloop_lag_seconds',
    );
  });
});

describe('the one origin', () => {
  it.each([
    ['GET', '/auth/public-key', 200],
    ['GET', '/user/public-key', 200],
    ['GET', '/.well-known/jwks.json', 200],
    ['GET', '/package/status', 400],
    ['GET', '/api/3/', 200],
    ['GET', '/data/no/such', 404],
    ['POST', '/data/no/such', 404],
    ['GET', '/data-sets', 401],
    ['GET', '/nowhere', 404],
    ['GET', '/', 200],
  ])('%s %s answers %i', async (method, path, status) => {
    expect((await request(path, { method })).status).toBe(status);
  });

  it('gives read-api and write-api their own halves of /data', async () => {
    expect((await request('/data/no/such')).json()).toMatchObject({ message: 'data_set not found' });
    expect((await request('/data/no/such', { method: 'POST' })).json()).toMatchObject({
      message: 'Could not find data_set_config',
    });
  });
});
