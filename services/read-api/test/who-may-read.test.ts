import { checkForgedTokens } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { appWith, ENGINES, fillDataSet, issuer, RECORDS } from './harness.ts';

for (const engine of ENGINES) {
  engine.describe(`who may read a data set on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let app: ReturnType<typeof appWith>;
    let set: { name: string; path: string };

    beforeAll(async () => {
      running = await engine.start();
      app = appWith(running.dataSets);
      set = await fillDataSet(running.dataSets, RECORDS);
    });
    afterAll(() => running.stop());

    it('404: a restricted data set, byte for byte as one that is not there, but for who may read it', async () => {
      const secret = await fillDataSet(running.dataSets, RECORDS, { restricted: true });
      const stranger = issuer.serviceToken({ permissions: { write: true, admin: true } });
      const reader = issuer.serviceToken({ permissions: { 'read-unpublished': true } });
      for (const method of ['get', 'options', 'head'] as const) {
        for (const path of [secret.path, `/${secret.name}`]) {
          const unknown = await request(app)[method](path === secret.path ? '/data/un/known' : '/unknown');
          for (const authorization of [undefined, 'Bearer x', 'Basic x', `Bearer ${stranger}`]) {
            const sent = request(app)[method](path);
            if (authorization) sent.set('Authorization', authorization);
            const answer = await sent.expect(404);
            expect(answer.text).toBe(unknown.text);
            const varying = ['date', 'x-request-id'];
            const fixed = (headers: object) =>
              Object.entries(headers).filter(([name]) => !varying.includes(name));
            expect(fixed(answer.headers)).toEqual(fixed(unknown.headers));
          }
          const shown = await request(app)[method](path).set('Authorization', `Bearer ${reader}`).expect(200);
          if (method === 'get') expect(shown.headers['cache-control']).toBe('private, no-cache');
        }
      }
    });

    it('401: a token that is forged, over or for another service, before anything is looked up', async () => {
      const secret = await fillDataSet(running.dataSets, RECORDS, { restricted: true });
      for (const path of [set.path, secret.path, '/unknown', '/_status/data-sets']) {
        const check = {
          issuer,
          audience: 'data-sets',
          claims: { permissions: { 'read-unpublished': true } },
          send: (token: string) => request(app).get(path).set('Authorization', `Bearer ${token}`),
        };
        const faults = await checkForgedTokens(check);
        // One word without points is no token of ours: see the next test.
        expect(faults.filter((fault) => !fault.startsWith('row 3, garbage:'))).toEqual([]);
      }
      for (const token of ['fl_pat_abc_def', issuer.serviceToken({ service: 'os.datastore' })]) {
        const sent = request(app).get(set.path).set('Authorization', `Bearer ${token}`);
        const answer = await sent.set('If-None-Match', '*').expect(401);
        expect(answer.headers).toMatchObject({
          'www-authenticate': expect.stringContaining('invalid_token'),
          'access-control-allow-origin': '*',
        });
      }
    });

    it('200: what the original never looked at makes nobody anything but a stranger', async () => {
      for (const authorization of ['Bearer a-data-set-of-its-own', 'Basic dTpw', 'Bearer', 'bearer x y']) {
        const answer = await request(app).get(set.path).set('Authorization', authorization).expect(200);
        expect(answer.body.data).toHaveLength(2);
      }
    });

    it('401: a token in the address, also beside the same one in its place', async () => {
      const token = issuer.serviceToken({ permissions: { 'read-unpublished': true } });
      for (const name of ['jwt', 'access_token']) {
        await request(app).get(`${set.path}?${name}=${token}`).expect(401);
        const twice = request(app)
          .get(`${set.path}?${name}=${token}`)
          .set('Authorization', `Bearer ${token}`);
        await twice.expect(401);
        const other = request(app).get(`${set.path}?${name}=other`).set('Authorization', `Bearer ${token}`);
        expect((await other.expect(400)).body.code).toBe('conflicting_tokens');
      }
    });
  });
}
