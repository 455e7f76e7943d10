import { createTestDatabase, propertyWithin, type TestDatabase } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Client } from 'pg';
import {
  type CubeSource,
  jsonText,
  type PreparedQuery,
  prepareAggregate,
  prepareFactStream,
  prepareFacts,
  prepareMembers,
  runQuery,
} from '../src/index.ts';
import { type Data, data, writeCube } from './any-query/cube.ts';
import { aggregateAnswer, factsAnswer, membersAnswer } from './any-query/oracle.ts';
import { answerOf, fill } from './any-query/postgres.ts';
import { ATTRIBUTES, cutText, MEASURES, orderText, type Question, question } from './any-query/question.ts';
import { openWorkbench, type Workbench } from './tables.ts';

let bench: Workbench;
let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  bench = await openWorkbench();
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
  await bench.close();
});

/** Cubes and questions about them: writing one costs more than asking it. */
const cases = fc.record({ data, questions: fc.array(question, { minLength: 4, maxLength: 8 }) });
const refsOf = (columns: readonly { ref: string }[], separator: string) =>
  columns.map(({ ref }) => ref).join(separator);

function parametersOf({ cuts, order, page, pageSize }: Question) {
  return { cut: cutText(cuts), order: orderText(order), page: String(page), pagesize: String(pageSize) };
}

const parametersOfAggregate = (asked: Question) => ({
  ...parametersOf(asked),
  drilldown: refsOf(asked.drilldown, '|'),
  aggregates: refsOf(asked.aggregates, '|'),
});

async function ask(query: PreparedQuery) {
  const { body, rows } = await bench.engine.withSession((session) => runQuery(session, query));
  return { body, rows: rows.map(textsOf) };
}

/** Every value of a row as its JSON text, where each digit counts. */
function textsOf(row: Readonly<Record<string, Parameters<typeof jsonText>[0]>>) {
  return Object.fromEntries(Object.entries(row).map(([ref, value]) => [ref, jsonText(value)]));
}

const eachQuestion = (
  seconds: number,
  check: (source: CubeSource, data: Data, asked: Question) => Promise<void>,
) =>
  propertyWithin(seconds, cases, async ({ data: generated, questions }) => {
    const source = await writeCube(bench, generated);
    for (const asked of questions) await check(source, generated, asked);
  });

describe('any question about any cube is answered as by hand, digit for digit', () => {
  it('when it is an aggregate', async () => {
    const property = eachQuestion(5, async (source, generated, asked) => {
      const { body, rows } = await ask(prepareAggregate(source, parametersOfAggregate(asked)));
      const expected = aggregateAnswer(generated, asked);
      expect(rows).toEqual(expected.cells);
      // the body's summary is a row like others
      expect(textsOf(body.summary as Parameters<typeof textsOf>[0])).toEqual(expected.summary);
      expect(body.total_cell_count).toBe(expected.total);
    });
    await fc.assert(property, { numRuns: 500 });
  });

  it('when it is about members', async () => {
    const property = eachQuestion(2, async (source, generated, asked) => {
      const [key = ATTRIBUTES[0]] = asked.drilldown;
      if (key === undefined) return;
      const dimension = key.ref.split('.')[0] ?? '';
      const fields = ATTRIBUTES.filter(({ ref }) => ref.startsWith(`${dimension}.`));
      const about = {
        ...asked,
        order: asked.order.filter(({ ref }) => fields.some((field) => field.ref === ref)),
      };
      const { body, rows } = await ask(prepareMembers(source, dimension, parametersOf(about)));
      const expected = membersAnswer(generated, about, fields);
      expect([rows, body.total_member_count]).toEqual([expected.data, expected.total]);
    });
    await fc.assert(property, { numRuns: 500 });
  });

  it('when it is about facts, in pages or in a stream', async () => {
    const property = eachQuestion(2, async (source, generated, asked) => {
      const fields = [...asked.drilldown, MEASURES[asked.page % MEASURES.length] ?? MEASURES[0]].flatMap(
        (field) => field ?? [],
      );
      const about = {
        ...asked,
        order: asked.order.filter(({ ref }) => fields.some((field) => field.ref === ref)),
      };
      const parameters = { ...parametersOf(about), fields: refsOf(fields, ',') };
      const { body, rows } = await ask(prepareFacts(source, parameters));
      const expected = factsAnswer(generated, about, fields);
      expect([rows, body.total_fact_count]).toEqual([expected.data, expected.total]);

      if (about.order.length === 0) return;
      const { statement, read } = prepareFactStream(source, parameters);
      const streamed = await bench.engine.withSession(async (session) => {
        const found = [];
        for await (const part of session.stream(statement.sql, statement.parameters)) found.push(...part);
        return found;
      });
      expect(streamed.map((row) => textsOf(read(row)))).toEqual(expected.data);
    });
    await fc.assert(property, { numRuns: 500 });
  });
});

it('PostgreSQL is of the same opinion', async () => {
  const property = propertyWithin(4, cases, async ({ data: generated, questions }) => {
    const source = await writeCube(bench, generated);
    await fill(client, generated);
    for (const asked of questions) {
      const { rows, body } = await ask(prepareAggregate(source, parametersOfAggregate(asked)));
      const theirs = await answerOf(client, asked);
      // Text and dates are quoted in JSON, and there is no NULL in the texts of PostgreSQL.
      const plain = (text: string) =>
        text === 'null' ? null : text.startsWith('"') ? String(JSON.parse(text)) : text;
      const cells = (row: Readonly<Record<string, string>>) => Object.values(row).map(plain);
      expect(rows.map(cells)).toEqual(theirs.cells);
      expect(cells(textsOf(body.summary as Parameters<typeof textsOf>[0]))).toEqual(theirs.summary);
    }
  });
  await fc.assert(property, { numRuns: 500 });
});
