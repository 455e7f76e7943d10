import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ANN,
  announce,
  md5Of,
  signedUrl,
  startConductor,
  type TestConductor,
  uploadFiles,
} from './conductor.ts';

let conductor: TestConductor;

beforeAll(async () => {
  conductor = await startConductor();
});

afterAll(() => conductor.close());

const FILES = {
  'data/budget.csv': 'year,amount\n2014,10\n',
  'datapackage.json': '{"name":"budget","resources":[]}',
};

// The contract of packages.md section 5, over real HTTP, in the very requests that the clients send.
describe('os-packager', () => {
  it('uploads with Auth-Token to /datastore/, data first, and loads by the upload address of the descriptor', async () => {
    const urls = await uploadFiles(conductor, ANN, 'packager', FILES);
    const datapackage = urls['datapackage.json'] ?? '';
    expect(datapackage).toBe(`${conductor.origin}/files/${ANN}/packager/datapackage.json`);
    const query = new URLSearchParams({ datapackage, jwt: conductor.tokenOf(ANN) });
    const upload = await fetch(`${conductor.origin}/package/upload?${query}`, { method: 'POST' });
    expect(upload.status).toBe(200);
    expect(await upload.json()).toMatchObject({ status: 'queued', progress: 0 });
    // It ignores that answer and polls at once; anything but 200 would end the load in its eyes.
    const poll = await fetch(`${conductor.origin}/package/status?${new URLSearchParams({ datapackage })}`);
    expect(poll.status).toBe(200);
    expect(await poll.json()).toMatchObject({ status: 'queued', progress: 0, fraction: 0 });
  });

  it('runs in a browser on another origin: preflights of the upload pass, and every answer may be read', async () => {
    for (const [method, path] of [
      ['PUT', `/files/${ANN}/packager/a.csv`],
      ['POST', '/datastore/'],
      ['GET', '/package/status'],
      ['PATCH', `/packages/${ANN}:packager/comments/1`],
      ['DELETE', `/packages/${ANN}:packager/comments/1`],
    ] as const) {
      const preflight = await fetch(`${conductor.origin}${path}`, {
        method: 'OPTIONS',
        headers: {
          Origin: 'https://packager.example',
          'Access-Control-Request-Method': method,
          'Access-Control-Request-Headers': 'auth-token,content-md5,content-type',
        },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
      expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
      expect(preflight.headers.get('access-control-allow-methods')).toContain(method);
      expect(preflight.headers.get('access-control-allow-headers')).toBe(
        'auth-token,content-md5,content-type',
      );
    }
    const refused = await fetch(`${conductor.origin}/datastore/info`, {
      headers: { Origin: 'https://x.example' },
    });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('knows its own packages by a prefix of their address', async () => {
    const urls = await uploadFiles(conductor, ANN, 'prefixes', FILES);
    const answer = await fetch(`${conductor.origin}/datastore/info`, {
      headers: { 'Auth-Token': conductor.tokenOf(ANN) },
    });
    const { prefixes } = (await answer.json()) as { prefixes: string[] };
    expect(urls['datapackage.json']?.startsWith(prefixes[0] ?? 'nothing')).toBe(true);
  });
});

describe('gobble', () => {
  it('sends its token as jwt, all files in one body without a content type, and follows element 0', async () => {
    const filedata = Object.fromEntries(
      Object.entries(FILES).map(([path, content]) => [
        path,
        announce(content, { type: 'application/octet-stream' }),
      ]),
    );
    const answer = await fetch(`${conductor.origin}/datastore/?jwt=${conductor.tokenOf(ANN)}`, {
      method: 'POST',
      body: new Blob([JSON.stringify({ metadata: { owner: ANN, name: 'gobble' }, filedata })]),
    });
    expect(answer.status).toBe(200);
    const signed = ((await answer.json()) as { filedata: Record<string, never> }).filedata;
    for (const [path, content] of Object.entries(FILES)) {
      const address = signedUrl(signed[path] ?? { upload_url: '', upload_query: {} });
      const headers = { 'Content-MD5': md5Of(content), 'Content-Type': 'application/octet-stream' };
      expect((await fetch(address, { method: 'PUT', headers, body: content })).status).toBe(200);
    }
  });

  it('builds the descriptor address itself, and polls for status and progress in any spelling', async () => {
    await uploadFiles(conductor, ANN, 'spelled', FILES);
    const address = `${conductor.origin}/files/${ANN}/spelled/datapackage.json`;
    const query = new URLSearchParams({ datapackage: address, jwt: conductor.tokenOf(ANN) });
    await fetch(`${conductor.origin}/package/upload?${query}`, { method: 'POST' });
    const spellings = [
      address,
      address.replace('http://', 'HTTP://'),
      address.replace('spelled', '%73pelled'),
      address.replace('/files/', '/other/../files/'),
    ];
    for (const datapackage of spellings) {
      const poll = await fetch(`${conductor.origin}/package/status?${new URLSearchParams({ datapackage })}`);
      const body = (await poll.json()) as Record<string, unknown>;
      expect(Object.keys(body)).toEqual(expect.arrayContaining(['status', 'progress']));
    }
  });
});
