import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Access,
  accessTo,
  newPerson,
  request,
  smallPackage,
  startLoad,
  unique,
  uploadPackage,
  waitForLoad,
} from './platform.ts';

/** Set when the suite has started the platform itself: then the worker may call this place. */
const outside = process.env.FLYLOFT_OUTSIDE;
const withOutside = outside === undefined ? describe.skip : describe;

interface Call {
  readonly path: string | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

withOutside('a hook of a package', () => {
  const calls: Call[] = [];
  let server: Server;
  let access: Access;
  let id: string;
  let descriptor: string;

  beforeAll(async () => {
    server = createServer(async (req, res) => {
      calls.push({ path: req.url, type: req.headers['content-type'], body: await text(req) });
      res.end('<rdf/>');
    });
    const [host, port] = (outside ?? '').split(':');
    server.listen(Number(port), host);
    await once(server, 'listening');
    access = await accessTo('os.datastore', (await newPerson()).token);
    const name = unique('hooked');
    id = `${access.userid}:${name}`;
    descriptor = await uploadPackage(access, name, smallPackage(name, '2014,01,Health,1\n'));
    await startLoad(access, descriptor);
    await waitForLoad(descriptor);
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const runHooks = async (pipeline: string) => {
    const query = new URLSearchParams({ id, jwt: access.token, pipeline });
    return (await request(`/package/run-hooks?${query}`, { method: 'POST' })).json();
  };

  it('reaches the program, by way of queue and worker, and brings its answer back', async () => {
    expect(await runHooks(`http://${outside}/pipelines/fdp`)).toEqual({
      success: true,
      response: '<rdf/>',
      payload: { '@context': expect.anything(), url: descriptor },
    });
    expect(calls).toEqual([
      {
        path: '/pipelines/fdp',
        type: expect.stringMatching(/^multipart\/form-data/),
        body: expect.any(String),
      },
    ]);
    expect(calls[0]?.body).toMatch(/name="input"; filename="package-url\.jsonld"/);
    expect(calls[0]?.body).toContain(`"url":"${descriptor}"`);
  });

  it('is not called at an origin that is not allowed, though the same server listens there', async () => {
    const before = calls.length;
    const [, port] = (outside ?? '').split(':');
    for (const pipeline of [`http://localhost:${port}/in`, `http://user:secret@${outside}/in`]) {
      const refused = await runHooks(pipeline);
      expect(refused).toMatchObject({ success: false, error: expect.stringContaining('not allowed') });
    }
    expect(calls).toHaveLength(before);
  });
});
