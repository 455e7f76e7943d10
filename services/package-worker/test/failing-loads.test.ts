import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { sweepFiles } from '../src/housekeeping/sweep-files.ts';
import { runLoad } from '../src/loads/run-load.ts';
import { openLoadPlace } from './load-place.ts';
import { OWNER, smallPackage } from './work-place.ts';

const { place, load, amounts, unique } = await openLoadPlace();
afterAll(() => place.close());

describe('a load that cannot succeed', () => {
  it('fails naming row, line, column and value, and leaves the earlier data', async () => {
    const name = unique();
    await load(await place.upload(name, smallPackage(name, '2014,north,1\n')));
    const failed = await load(await place.upload(name, smallPackage(name, '2014,north,2\n2014,"a\nb",x\n')));
    expect(failed).toMatchObject({
      status: 'fail',
      code: 'data_invalid',
      problemsTotal: 1,
      problems: [{ resource: 'spending', row: 2, line: 3, column: 'amount', value: 'x', rule: 'number' }],
    });
    expect(failed.error).toContain('"x" is not a valid number');
    expect(await amounts(name)).toEqual([['north', '1']]);
    expect(await place.registry.findPackage(`${OWNER}:${name}`)).toMatchObject({
      loaded: true,
      loadingStatus: 'fail',
    });
  });

  it.each([
    ['no descriptor', {}, 'descriptor_missing'],
    ['no JSON', { 'datapackage.json': '{' }, 'descriptor_invalid'],
    ['no resources', { 'datapackage.json': '{"name":"x"}' }, 'descriptor_invalid'],
    [
      'a descriptor in another encoding',
      {
        'datapackage.json': Buffer.from(
          '{"name":"x","title":"Z\u00fcrich","resources":[{"data":"a\\n1\\n"}]}',
          'latin1',
        ),
      },
      'descriptor_invalid',
    ],
    ['no data file', { 'datapackage.json': smallPackage('x', '')['datapackage.json'] }, 'resource_missing'],
    [
      'a path upwards',
      { 'datapackage.json': '{"name":"x","resources":[{"path":"../y/data.csv"}]}' },
      'address_refused',
    ],
    [
      'a path elsewhere',
      {
        'datapackage.json': '{"name":"x","resources":[{"path":"http://[::1]:9/data.csv","format":"csv"}]}',
      },
      'address_refused',
    ],
    [
      'a broken gzip',
      { 'datapackage.json': '{"name":"x","resources":[{"path":"a.csv.gz"}]}', 'a.csv.gz': 'no gzip' },
      'resource_invalid',
    ],
    [
      'another hash',
      {
        'datapackage.json':
          '{"name":"x","resources":[{"path":"a.csv","hash":"d41d8cd98f00b204e9800998ecf8427e"}]}',
        'a.csv': 'a\n1\n',
      },
      'hash_mismatch',
    ],
    ['a document', { 'datapackage.json': '{"name":"x","resources":[{"path":"a.pdf"}]}' }, 'resource_invalid'],
  ])('for %s fails with a reason and leaves no file', async (_what, files, code) => {
    const before = await place.keys();
    const failed = await load(await place.upload(unique(), files));
    expect(failed).toMatchObject({ status: 'fail', code, error: expect.stringMatching(/.{20}/) });
    expect(await place.keys()).toEqual(before);
  });

  it("refuses files in another person's folder", async () => {
    await place.store.put(
      'somebody/secret/data.csv',
      (await import('node:stream')).Readable.from([Buffer.from('a\n1\n')]),
    );
    const resources = [{ path: 'http://flyloft.test:4000/files/somebody/secret/data.csv' }];
    const datapackage = await place.upload(unique(), {
      'datapackage.json': JSON.stringify({ name: 'x', resources }),
    });
    expect(await load(datapackage)).toMatchObject({ status: 'fail', code: 'address_refused' });
    const foreign = 'http://flyloft.test:4000/files/somebody/secret/datapackage.json';
    expect(await load(foreign)).toMatchObject({ status: 'fail', code: 'address_refused' });
  });
});

describe('attempts', () => {
  afterEach(async () => {
    await sweepFiles({ ...place, graceSeconds: 0 });
  });

  it('E3: that were overtaken lose at publishing, change nothing and leave no file', async () => {
    const name = unique();
    await load(await place.upload(name, smallPackage(name, '2014,old,1\n')));
    const { id } = await place.createLoad(await place.upload(name, smallPackage(name, '2014,new,2\n')));
    // The first attempt is held where all its work is done and only publishing is left.
    let overtake: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      overtake = resolve;
    });
    let arrived: () => void = () => undefined;
    const atPublish = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const slow = {
      ...place.registry,
      publish: async (...publication: Parameters<typeof place.registry.publish>) => {
        arrived();
        await held;
        return place.registry.publish(...publication);
      },
    };
    const outcomes: string[] = [];
    const onOutcome = (outcome: string) => outcomes.push(outcome);
    const first = runLoad(
      { ...place.runner, registry: slow, onOutcome },
      { version: 1, load_id: id, after_attempt: 0 },
    );
    await atPublish;
    const { requeued } = await place.registry.reapLostLoads({ lostAfterSeconds: 0 });
    expect(requeued.map((lost) => lost.id)).toEqual([id]);
    await runLoad({ ...place.runner, onOutcome }, { version: 1, load_id: id, after_attempt: 1 });
    const published = await place.registry.findPackage(`${OWNER}:${name}`);
    overtake();
    await first;
    expect(outcomes).toEqual(['done', 'stale']);
    expect(await place.registry.findPackage(`${OWNER}:${name}`)).toEqual(published);
    expect(await place.findLoad(id)).toMatchObject({ status: 'done', attempt: 2 });
    expect(await amounts(name)).toEqual([['new', '2']]);
    expect((await place.keys()).filter((key) => key.includes(`/${id}/1/`))).toEqual([]);
  });

  it('that are cancelled stop at the next beat, publish nothing and leave no file', async () => {
    const name = unique();
    const { id } = await place.createLoad(await place.upload(name, smallPackage(name, '2014,north,1\n')));
    const cancelling = {
      ...place.registry,
      // The work is held where it writes its table; only the beat of the attempt can end it.
      claimPackage: async (...claim: Parameters<typeof place.registry.claimPackage>) => {
        const claimed = await place.registry.claimPackage(...claim);
        await place.registry.cancelLoad(id, 'cancelled by its owner');
        return claimed;
      },
      advance: async () => undefined,
    };
    const endless = {
      ...place.engine,
      withSession: ((work, options) =>
        place.engine.withSession(
          (session) =>
            session
              .rows('SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range % 7 = b.range % 3')
              .then(() => work(session)),
          options,
        )) satisfies typeof place.engine.withSession,
    };
    const outcomes: string[] = [];
    await runLoad(
      {
        ...{ ...place.runner, registry: cancelling, engine: endless, heartbeatSeconds: 0.05 },
        onOutcome: (outcome) => outcomes.push(outcome),
      },
      { version: 1, load_id: id, after_attempt: 0 },
    );
    expect(outcomes).toEqual(['stale']);
    expect(await place.findLoad(id)).toMatchObject({ status: 'fail', code: 'cancelled' });
    expect((await place.keys()).filter((key) => key.includes(id))).toEqual([]);
  });

  it('that fail list their warnings too', async () => {
    const name = unique();
    const files = smallPackage(name, '2014,north,many,x\n');
    const content = String(files['data.csv']).replace('amount', 'amount,extra');
    const failed = await load(await place.upload(name, { ...files, 'data.csv': content }));
    expect(failed).toMatchObject({ status: 'fail', warnings: [expect.stringContaining('"extra"')] });
  });

  it('do nothing when their job comes twice or late', async () => {
    const name = unique();
    const done = await load(await place.upload(name, smallPackage(name, '2014,north,1\n')));
    await runLoad(place.runner, { version: 1, load_id: done.id, after_attempt: 0 });
    await runLoad(place.runner, { version: 1, load_id: done.id, after_attempt: 1 });
    expect(await place.findLoad(done.id)).toEqual(done);
  });

  it('that must stop are handed back to the queue whole, and end well the next time', async () => {
    const name = unique();
    const { id } = await place.createLoad(await place.upload(name, smallPackage(name, '2014,north,1\n')));
    const stop = new AbortController();
    const stopping = {
      ...place.registry,
      claimPackage: async () => {
        stop.abort();
        throw new Error('the worker stops');
      },
    };
    await runLoad(
      { ...place.runner, registry: stopping, stop: stop.signal },
      { version: 1, load_id: id, after_attempt: 0 },
    );
    expect(await place.findLoad(id)).toMatchObject({ status: 'queued', attempt: 1 });
    expect(await place.queue.waiting()).toBe(1);
    await runLoad(place.runner, { version: 1, load_id: id, after_attempt: 1 });
    expect(await place.findLoad(id)).toMatchObject({ status: 'done', attempt: 2 });
  });

  it('that fail by our own fault are tried three times, and then fail without an internal message', async () => {
    const name = unique();
    const { id } = await place.createLoad(await place.upload(name, smallPackage(name, '2014,north,1\n')));
    const broken = {
      ...place.registry,
      publish: async () => {
        throw new Error('password=secret');
      },
    };
    for (const attempt of [0, 1, 2]) {
      await runLoad(
        { ...place.runner, registry: broken },
        { version: 1, load_id: id, after_attempt: attempt },
      );
    }
    const failed = await place.findLoad(id);
    expect(failed).toMatchObject({ status: 'fail', code: 'internal', attempt: 3 });
    expect(JSON.stringify(failed)).not.toContain('secret');
    expect((await place.keys()).filter((key) => key.includes(id))).toEqual([]);
  });
});
