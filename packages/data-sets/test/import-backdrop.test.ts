import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type DumpItem, type ImportEvent, importBackdrop, tokenMatches } from '../src/index.ts';
import { ENGINES, type Engine, read } from './engines.ts';

async function* items(...documents: Record<string, unknown>[]): AsyncGenerator<DumpItem> {
  for (const document of documents) yield { document };
}

const CONFIGURATION = {
  name: 'Odd-Name.2',
  data_group: 'Carers allowance',
  data_type: 'volumes',
  bearer_token: 'abcdefgh',
  auto_ids: 'aa,bb',
  upload_filters: '',
  upload_format: '',
  capped_size: null,
  max_age_expected: 100,
  published: true,
  realtime: false,
  queryable: true,
  raw_queries_allowed: true,
  schema: { required: ['_timestamp'] },
  links: [],
};

for (const { name, describe, start } of ENGINES) {
  describe(`importing from Backdrop into ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine.stop());

    it('keeps ids, times, tokens and odd names, and says what it could not take', async () => {
      const stamp = new Date('2014-01-08T10:00:00.123Z');
      const saved = new Date('2014-01-09T00:00:00Z');
      const wrongWeek = new Date('2014-01-05T23:00:00Z');
      const good = { _id: 'b64=', _timestamp: stamp, _updated_at: saved, _week_start_at: wrongWeek, nn: 1.5 };
      const collections = new Map([
        [
          'Odd-Name.2',
          () =>
            items(
              good,
              { _id: 'nested', list: [1] },
              { _id: 'bad_key', 'a-b': 1 },
              { _id: 7, nn: 1 },
              { _id: 'internal', _count: 3 },
              { _id: 'date', when: saved },
            ),
        ],
        ['stray', () => items({ _id: 'x' })],
      ]);
      const dump = { configurations: [CONFIGURATION, { name: 'broken' }], collections };
      const refused: unknown[] = [];
      const onEvent = (event: ImportEvent) => {
        if (event.kind === 'refused') refused.push([event.collection, event.document, event.reason]);
      };
      const to = engine.dataSets;
      const outcome = await importBackdrop({ dump, to, onEvent });
      expect(outcome).toEqual({ dataSets: 1, records: 2, refused: 6 });
      expect(refused).toEqual([
        ['Odd-Name.2', 'nested', 'list has an invalid value'],
        ['Odd-Name.2', 'bad_key', 'a-b is not a valid key'],
        ['Odd-Name.2', '#4', '_id "7" is not a valid id'],
        ['Odd-Name.2', 'internal', '_count is not a recognised internal field'],
        ['configuration 2', null, expect.stringContaining('data_group')],
        ['stray', null, 'there is no configuration for this collection'],
      ]);
      const dataSet = await to.catalogue.findByPair({ dataGroup: 'Carers allowance', dataType: 'volumes' });
      if (dataSet === undefined) throw new Error('not imported');
      expect(tokenMatches('abcdefgh', dataSet)).toBe(true);
      expect(dataSet.settings).toMatchObject({
        auto_ids: ['aa', 'bb'],
        upload_format: 'csv',
        published: true,
      });
      const stored = [
        {
          _id: 'b64=',
          _timestamp: '2014-01-08T10:00:00.123000+00:00',
          _updated_at: '2014-01-09T00:00:00+00:00',
          _week_start_at: '2014-01-06T00:00:00+00:00',
          nn: 1.5,
        },
        { _id: 'date', when: '2014-01-09T00:00:00+00:00' },
      ];
      expect(await read(to, dataSet, '')).toMatchObject(stored);
      // Again: nothing doubles.
      await importBackdrop({ dump, to, onEvent });
      expect(await read(to, dataSet, '')).toHaveLength(2);
    });

    it('gives absent fields the meaning that Backdrop gave them', async () => {
      const configuration = { name: 'plain_set', data_group: 'plain', data_type: 'set' };
      const dump = { configurations: [configuration], collections: new Map() };
      await importBackdrop({ dump, to: engine.dataSets, onEvent: () => undefined });
      expect(await engine.dataSets.catalogue.findByName('plain_set')).toMatchObject({
        tokenHash: null,
        settings: { raw_queries_allowed: false, published: true, max_age_expected: 2_678_400 },
      });
    });
  });
}
