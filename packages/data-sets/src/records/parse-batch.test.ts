import { describe, expect, it } from '@jest/globals';
import { parseBatch } from './parse-batch.ts';
import { parseJsonExactly } from './parse-json.ts';
import { refusalOf } from './record-errors.ts';

function messagesOf(text: string, autoIds: string[] | null = null): string[] {
  const batch = parseBatch(parseJsonExactly(text, { keepLiterals: autoIds !== null }), { autoIds });
  return 'errors' in batch ? refusalOf(batch.errors).messages : [];
}

function recordsOf(text: string, autoIds: string[] | null = null) {
  const batch = parseBatch(parseJsonExactly(text, { keepLiterals: autoIds !== null }), { autoIds });
  if ('errors' in batch) throw new Error(JSON.stringify(batch.errors));
  return batch.records;
}

describe('keys', () => {
  it.each(['ab', '_timestamp', 'Key_1', 'a'.repeat(255)])('accepts %s', (key) => {
    expect(messagesOf(JSON.stringify({ [key]: '2014-01-01' }))).toEqual([]);
  });

  it.each(['a', '1a', 'a-b', 'a.b', 'a b', '', '$where', 'é_', '_', '__proto__', 'constructor', 'prototype'])(
    'refuses "%s"',
    (key) => {
      expect(messagesOf(`{"${key}":1}`)).toEqual([`${key} is not a valid key`]);
    },
  );

  it.each(['_foo', '_updated_at', '_week_start_at', '_arrival', '__rank'])(
    'keeps %s for the server',
    (key) => {
      expect(messagesOf(`{"${key}":1}`)).toEqual([`${key} is not a recognised internal field`]);
    },
  );

  it('tells the first offending key of a record only', () => {
    expect(messagesOf('{"fine":1,"bad-one":1,"bad-two":1}')).toEqual(['bad-one is not a valid key']);
  });
});

describe('values', () => {
  it.each([
    'null',
    'true',
    '"text"',
    '""',
    '1.5',
    '-0',
    '9007199254740991',
    '1e-300',
    '0.1234567890123456789',
  ])('accepts %s', (literal) => {
    expect(messagesOf(`{"key":${literal}}`)).toEqual([]);
  });

  it.each(['[]', '{}', '[[1]]', '9007199254740992', '-1e300', '1e999', '"a\\u0000b"', '"\\ud800"'])(
    'refuses %s',
    (literal) => {
      expect(messagesOf(`{"key":${literal}}`)).toEqual(['key has an invalid value']);
    },
  );

  it('keeps the digits of long decimals, and of all numbers beside them', () => {
    const [record] = recordsOf('{"money":12345678901234.5678,"other":1.5,"whole":3}');
    expect([...(record?.values ?? [])].map(([, value]) => String(value))).toEqual([
      '12345678901234.5678',
      '1.5',
      '3',
    ]);
  });

  it('takes the last of two equal keys, in short and in long numbers', () => {
    expect([...(recordsOf('{"key":1,"key":2}')[0]?.values.values() ?? [])]).toEqual([2]);
    expect(String(recordsOf('{"key":1,"key":1.23456789012345678}')[0]?.values.get('key'))).toBe(
      '1.23456789012345678',
    );
  });

  it('refuses nesting too deep for a parser as an invalid value, not as a failure', () => {
    const nested = `${'['.repeat(50_000)}1.23456789012345678${']'.repeat(50_000)}`;
    expect(messagesOf(`{"key":${nested}}`)).toEqual(['key has an invalid value']);
  });
});

describe('_id', () => {
  it.each([
    ['""', ''],
    ['"a b"', 'a b'],
    ['null', 'None'],
    ['5', '5'],
    [`"${'x'.repeat(2_001)}"`, 'x'.repeat(2_001)],
  ])('refuses %s', (literal, shown) => {
    expect(messagesOf(`{"_id":${literal}}`)).toEqual([`_id "${shown}" is not a valid id`]);
  });

  it('is generated where there is none, another for each record', () => {
    const ids = recordsOf('[{},{}]').map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });

  it('is made of auto_ids from the text that was submitted, over one that was sent', () => {
    expect(recordsOf('{"foo":"foo","bar":"bar","_id":"mine"}', ['foo', 'bar'])[0]?.id).toBe('Zm9vLmJhcg==');
    const id = recordsOf('{"aa":null,"bb":true,"cc":1.0,"dd":7}', ['aa', 'bb', 'cc', 'dd'])[0]?.id ?? '';
    expect(Buffer.from(id, 'base64').toString()).toBe('None.True.1.0.7');
    const dated = recordsOf('{"_timestamp":"2014-01-01"}', ['_timestamp'])[0]?.id ?? '';
    expect(Buffer.from(dated, 'base64').toString()).toBe('2014-01-01');
  });

  it('names the missing fields once for the request', () => {
    expect(messagesOf('[{"aa":1},{"bb":1}]', ['aa', 'bb'])).toEqual([
      'The following required id fields are missing: aa, bb',
    ]);
  });
});

describe('a batch', () => {
  it('tells all errors in the order of the stages', () => {
    expect(messagesOf('[{"_foo":1},{"_timestamp":"x"},{"_end_at":"2014-13-01"}]')).toEqual([
      'the _timestamp must be a date in the format yyyy-MM-ddT00:00:00Z',
      '2014-13-01 in the _end_at field is not a valid date',
      '_foo is not a recognised internal field',
      '_timestamp is not a valid datetime object',
      '_end_at is not a valid datetime object',
    ]);
  });

  it('tells the last failing date of a record only', () => {
    expect(messagesOf('{"_timestamp":"x","_start_at":"y"}')).toEqual([
      '_start_at must be a date in the format yyyy-MM-ddT00:00:00Z',
      '_timestamp is not a valid datetime object',
    ]);
  });

  it.each(['5', 'null', '[2014]', 'true'])('refuses the date %s with a message', (literal) => {
    expect(messagesOf(`{"_timestamp":${literal}}`)[0]).toMatch(/^the _timestamp must be a date/);
  });

  it('tells the first hundred errors and how many there are', () => {
    const body = Array.from({ length: 150 }, () => ({ 'bad-key': 1 }));
    const batch = parseBatch(body);
    const refusal = 'errors' in batch ? refusalOf(batch.errors) : undefined;
    expect([refusal?.messages.length, refusal?.errors.length, refusal?.errors_total]).toEqual([
      150, 100, 150,
    ]);
  });
});
