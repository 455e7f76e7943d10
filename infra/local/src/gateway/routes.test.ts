import { describe, expect, it } from '@jest/globals';
import { serviceFor } from './routes.ts';

describe('the gateway', () => {
  it.each([
    ['GET', '/auth/check', 'auth'],
    ['POST', '/.well-known/jwks.json', 'auth'],
    ['POST', '/users', 'auth'],
    ['GET', '/users', 'read-api'],
    ['POST', '/datastore/', 'package-conductor'],
    ['PUT', '/files/a/b/c.csv', 'package-conductor'],
    ['GET', '/api/3/cubes/', 'read-api'],
    ['GET', '/data/a/b', 'read-api'],
    ['HEAD', '/data/a/b', 'read-api'],
    ['OPTIONS', '/data/a/b', 'read-api'],
    ['POST', '/data/a/b', 'write-api'],
    ['DELETE', '/data/a/b/id', 'write-api'],
    ['GET', '/data-sets', 'write-api'],
    ['GET', '/packages', 'package-conductor'],
    ['GET', '/_user/sign_in', 'write-api'],
    ['POST', '/seattle_weather/upload', 'write-api'],
    ['PUT', '/files/upload', 'package-conductor'],
    ['GET', '/seattle_weather', 'read-api'],
    ['OPTIONS', '/seattle_weather', 'read-api'],
    ['POST', '/seattle_weather', 'write-api'],
    ['GET', '/_status/data-sets', 'read-api'],
  ])('sends %s %s to %s', (method, path, service) => {
    expect(serviceFor(method, path)).toBe(service);
  });

  it.each([
    '/',
    '/api/2/x',
    '/docs',
    '/metrics',
    '/a-b',
    '/constructor/x',
    '/a/b/upload',
    '/__proto__/x',
    '/data_base/x',
  ])('knows nothing of %s', (path) => {
    expect(serviceFor('GET', path)).toBeUndefined();
  });
});
