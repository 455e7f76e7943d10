import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { type App, administratorToken, appWith, createDataSet, ENGINES, newGroup } from './harness.ts';

for (const engine of ENGINES) {
  engine.describe(`Idempotency-Key on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let app: App;
    let server: Server;
    const post = (
      set: { path: string; token: string },
      key: string,
      body: unknown,
      type = 'application/json',
    ) =>
      request(server)
        .post(set.path)
        .set({ Authorization: `Bearer ${set.token}`, 'Idempotency-Key': key, 'Content-Type': type })
        .send(typeof body === 'string' ? body : JSON.stringify(body));
    const count = async (name: string) => {
      const dataSet = await running.dataSets.catalogue.findByName(name);
      if (dataSet === undefined) throw new Error('no such data set');
      return (await running.dataSets.store.find(dataSet, { filters: [], inclusive: false, limit: 10_000 }))
        .length;
    };

    beforeAll(async () => {
      running = await engine.start();
      app = appWith(running.dataSets);
      server = createServer(app);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await running.stop();
    });

    it('201: a data set is made once under a key, and its token told again to whoever has the key', async () => {
      const body = { data_group: newGroup(), data_type: 'events' };
      const create = (key: string, sent: object) =>
        request(server)
          .post('/data-sets')
          .set({ Authorization: `Bearer ${administratorToken}`, 'Idempotency-Key': key })
          .send(sent);
      const key = newGroup();
      const twins = await Promise.all([create(key, body), create(key, body), create(key, body)]);
      expect(twins.map(({ status }) => status)).toEqual([201, 201, 201]);
      expect(twins.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(2);
      const tokens = new Set(twins.map((twin) => String(twin.body.bearer_token)));
      expect([...tokens]).toEqual([expect.stringMatching(/^[a-z2-9]{64}$/)]);
      await create(key, { ...body, realtime: true }).expect(422);
      await create(`${key}-other`, body).expect(409);
      await post({ path: `/data/${body.data_group}/events`, token: [...tokens].join() }, 'k', [
        { nn: 1 },
      ]).expect(200);
    });

    it('200: the same key and body stores once and says so', async () => {
      const set = await createDataSet(app);
      const first = await post(set, 'key', [{ nn: 1 }]).expect(200);
      expect(first.headers).not.toHaveProperty('idempotency-replayed');
      const again = await post(set, 'key', [{ nn: 1 }]).expect(200);
      expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
      await post(set, 'another key', [{ nn: 1 }]).expect(200);
      expect(await count(set.name)).toBe(2);
    });

    it('422: the same key with another body, or the same body in another form', async () => {
      const set = await createDataSet(app);
      await post(set, 'key', '{"nn":1}').expect(200);
      const other = await post(set, 'key', '{"nn":2}').expect(422);
      expect(other.body).toMatchObject({ status: 'error', code: 'unprocessable' });
      await post(set, 'key', '{"nn":1}', 'application/x-ndjson').expect(422);
      expect(await count(set.name)).toBe(1);
    });

    it('400: a refusal is an answer as well; a key that is too long is none', async () => {
      const set = await createDataSet(app);
      const first = await post(set, 'key', [{ 'bad-key': 1 }]).expect(400);
      const again = await post(set, 'key', [{ 'bad-key': 1 }]).expect(400);
      expect([again.body, again.headers['idempotency-replayed']]).toEqual([first.body, 'true']);
      await post(set, 'key', [{ good: 1 }]).expect(422);
      await post(set, 'x'.repeat(256), [{ nn: 1 }]).expect(400);
      await post(set, 'x'.repeat(255), [{ nn: 1 }]).expect(200);
      expect(await count(set.name)).toBe(1);
    });

    it('keeps keys of one data set apart from those of another', async () => {
      const sets = [await createDataSet(app), await createDataSet(app)];
      for (const set of sets) {
        const answer = await post(set, 'key', [{ nn: 1 }]).expect(200);
        expect(answer.headers).not.toHaveProperty('idempotency-replayed');
        expect(await count(set.name)).toBe(1);
      }
    });

    it('stores 1,000 records once, though 50 ask at once and half of them hang up', async () => {
      const set = await createDataSet(app);
      const records = Array.from({ length: 1_000 }, (_, nn) => ({ nn }));
      const body = JSON.stringify(records);
      const { port } = server.address() as AddressInfo;
      const hangUp = () =>
        new Promise<void>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => {
            socket.write(
              `POST ${set.path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${set.token}\r\nIdempotency-Key: key\r\n` +
                `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
              () => socket.destroy(),
            );
          });
          socket.once('close', () => resolve());
          socket.once('error', () => resolve());
        });
      const asked = Array.from({ length: 25 }, () => post(set, 'key', body));
      const hungUp = Array.from({ length: 25 }, hangUp);
      const answers = await Promise.all(asked);
      await Promise.all(hungUp);
      const last = await post(set, 'key', body);
      for (const { status } of answers) expect([200, 409]).toContain(status);
      const stored = new Set(
        [...answers, last].filter(({ status }) => status === 200).map(({ text }) => text),
      );
      expect([...stored]).toEqual(['{\n  "status": "ok"\n}']);
      expect(await count(set.name)).toBe(1_000);
    });

    it('takes streams once as well: CSV, and lists of more records than one statement takes', async () => {
      const set = await createDataSet(app);
      const rows = `nn\n${Array.from({ length: 2_500 }, (_, nn) => nn).join('\n')}`;
      await post(set, 'csv', rows, 'text/csv').expect(200);
      const again = await post(set, 'csv', rows, 'text/csv').expect(200);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(await count(set.name)).toBe(2_500);
      const form = () =>
        request(server)
          .post(`${set.path}/upload`)
          .set({ Authorization: `Bearer ${set.token}`, 'Idempotency-Key': 'form' })
          .attach('file', Buffer.from('nn\n1'), 'a.csv');
      await form().expect(200);
      // Another boundary each time: what counts is the file.
      expect((await form().expect(200)).headers['idempotency-replayed']).toBe('true');
      expect(await count(set.name)).toBe(2_501);
    });
  });
}
