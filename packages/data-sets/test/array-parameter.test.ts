import { createTestDatabase } from '@flyloft/testing';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Client } from 'pg';
import { plainArray, textArray, timestampArray } from '../src/postgres/array-parameter.ts';

const RUNS = { numRuns: 60 };

async function onPostgres(work: (client: Client) => Promise<void>): Promise<void> {
  const database = await createTestDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
    await database.drop();
  }
}

it('PostgreSQL reads each array as what it was made of: moments of all years, any text, numbers, nulls', async () => {
  await onPostgres(async (client) => {
    const roundTrip = async (sqlType: string, array: string | Buffer): Promise<unknown> => {
      // pg reads an array of dates and of texts; one of numbers as text has all its digits
      const { rows } = await client.query(`SELECT $1::${sqlType}[] AS array`, [array]);
      return rows[0]?.array;
    };
    const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(date, { nil: undefined }), { minLength: 1 }), async (dates) => {
        const read = (await roundTrip('timestamptz', timestampArray(dates))) as (Date | null)[];
        expect(read.map((value) => value?.getTime())).toEqual(dates.map((value) => value?.getTime()));
      }),
      RUNS,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.oneof(text, fc.constantFrom('NULL', '"', '\\', '{,}', ' ')))),
        async (texts) => expect(await roundTrip('text', textArray(texts))).toEqual(texts),
      ),
      RUNS,
    );
    const numbers = ['1', '-0.00000001', '1e-7', '9007199254740991', null];
    expect(await roundTrip('numeric', plainArray(numbers))).toEqual([1, -1e-8, 1e-7, 9007199254740991, null]);
    expect(await roundTrip('boolean', plainArray([true, false, null]))).toEqual([true, false, null]);
  });
});
