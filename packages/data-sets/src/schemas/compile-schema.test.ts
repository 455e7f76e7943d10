import { describe, expect, it } from '@jest/globals';
import { dataSetSettingsSchema } from '../catalogue/data-set.ts';
import { parseBatch } from '../records/parse-batch.ts';
import { parseJsonExactly } from '../records/parse-json.ts';
import { refusalOf } from '../records/record-errors.ts';
import { compileSchema, schemaOf } from './compile-schema.ts';

/** As the original's data sets have it: a timestamp is required, more is said by type. */
const BACKDROP = {
  $schema: 'http://json-schema.org/schema#',
  title: 'Timestamps',
  type: 'object',
  properties: {
    _timestamp: { description: 'An ISO8601 formatted date time', type: 'string', format: 'date-time' },
    channel: { enum: ['digital', 'phone'] },
    count: { type: 'integer', minimum: 0, exclusiveMinimum: true },
    period: { type: 'string', pattern: '^(week|month)$', maxLength: 5 },
  },
  required: ['_timestamp'],
};

function messagesOf(schema: object, text: string, autoIds: string[] | null = null): string[] {
  const batch = parseBatch(parseJsonExactly(text), { schema: compileSchema({ ...schema }), autoIds });
  return 'errors' in batch ? refusalOf(batch.errors).messages : [];
}

describe('the messages of the original', () => {
  it.each([
    ['{"_timestamp":"2014-01-01T00:00:00+0100","channel":"phone","count":1}', []],
    ['{"_timestamp":"2014-01-01T00:00:00"}', []],
    ['{}', ["'_timestamp' is a required property"]],
    ['{"_timestamp":"2014-01-01"}', ["'2014-01-01' is not a 'date-time'"]],
    ['{"_timestamp":"2014-01-01 00:00:00"}', ["'2014-01-01 00:00:00' is not a 'date-time'"]],
    [
      '{"_timestamp":"2014-02-30T00:00:00Z"}',
      [
        "'2014-02-30T00:00:00Z' is not a 'date-time'",
        '2014-02-30T00:00:00Z in the _timestamp field is not a valid date',
        '_timestamp is not a valid datetime object',
      ],
    ],
    ['{"_timestamp":"2014-01-01T00:00:00Z","channel":null}', ["None is not one of ['digital', 'phone']"]],
    ['{"_timestamp":"2014-01-01T00:00:00Z","count":0}', ['0 is less than or equal to the minimum of 0']],
    ['{"_timestamp":"2014-01-01T00:00:00Z","count":"x"}', ["'x' is not of type 'integer'"]],
    [
      '{"_timestamp":"2014-01-01T00:00:00Z","period":"monthly"}',
      ["'monthly' is too long", "'monthly' does not match '^(week|month)$'"],
    ],
  ])('%s', (text, messages) => {
    expect(messagesOf(BACKDROP, text)).toEqual(messages);
  });
});

it('comes before the other stages, for all records first, and every error is told', () => {
  const text = '[{"_timestamp":"soon"},{"other":1}]';
  expect(messagesOf(BACKDROP, text, ['channel'])).toEqual([
    "'soon' is not a 'date-time'",
    "'_timestamp' is a required property",
    'The following required id fields are missing: channel',
    'the _timestamp must be a date in the format yyyy-MM-ddT00:00:00Z',
    '_timestamp is not a valid datetime object',
  ]);
});

it('names the key and the record of each error', () => {
  const batch = parseBatch([{ _timestamp: '2014-01-01T00:00:00Z' }, { _timestamp: 'soon' }, {}], {
    schema: compileSchema({ ...BACKDROP }),
  });
  expect('errors' in batch ? batch.errors.slice(0, 2) : []).toMatchObject([
    { record: 1, key: '_timestamp', code: 'schema' },
    { record: 2, key: '_timestamp', code: 'schema' },
  ]);
});

it.each([
  [
    'draft 4',
    {
      $schema: 'http://json-schema.org/draft-04/schema#',
      id: 'x',
      properties: { nn: { maximum: 1, exclusiveMaximum: true } },
    },
  ],
  [
    'draft 7',
    { $schema: 'http://json-schema.org/draft-07/schema#', properties: { nn: { exclusiveMaximum: 1 } } },
  ],
  [
    'draft 2020-12',
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $defs: { low: { exclusiveMaximum: 1 } },
      properties: { nn: { $ref: '#/$defs/low' } },
    },
  ],
  ['none named', { properties: { nn: { maximum: 1, exclusiveMaximum: true, $schema: 5 } } }],
  [
    'an unknown one, with unknown keywords',
    { $schema: 'urn:nobody', colour: 'red', properties: { nn: { exclusiveMaximum: 1 } } },
  ],
])('takes schemas of %s', (_draft, schema) => {
  expect(messagesOf(schema, '{"nn":1}')).toEqual(['1 is greater than or equal to the maximum of 1']);
  expect(messagesOf(schema, '{"nn":0.5}')).toEqual([]);
  expect(messagesOf(schema, '{"nn":1.000000000000000001}')).toHaveLength(1);
});

it.each([
  [{ type: 'strnig' }],
  [{ $ref: '#/definitions/none' }],
  [{ required: 'nn' }],
  [{ pattern: '(' }],
  [{ title: 'a\0b' }],
])('cannot compile %j', (schema) => {
  expect(() => compileSchema(schema)).toThrow();
});

it('answers a record that is nested without end, whatever the schema', () => {
  const recursive = { additionalProperties: { $ref: '#' } };
  const deep = `${'{"aa":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  expect(messagesOf(recursive, deep)).toContain('aa has an invalid value');
});

it('422: a schema that an import left and that cannot be compiled', () => {
  const settings = dataSetSettingsSchema.parse({ schema: { type: 'strnig' } });
  expect(() => schemaOf({ settings })).toThrow('The schema of this data set cannot be used');
  expect(schemaOf({ settings: dataSetSettingsSchema.parse({}) })).toBeUndefined();
});
