import fc from 'fast-check';

/** Texts that parsers, engines and object keys have stumbled over. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      ' ',
      '.',
      '..',
      '../../etc/passwd',
      '%00',
      '\0',
      'a\0b',
      '\u{1F4A9}',
      '\uFEFF',
      '\u202E',
      '\r\nX: y',
    ],
    ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__proto__[x]'],
    ...[
      '$where',
      '$ne',
      '{"$gt":""}',
      "' OR 1=1 --",
      '"; DROP TABLE x; --',
      '\\',
      '`id`',
      '{{7*7}}',
      '<script>',
    ],
    ...[
      'null',
      'undefined',
      'true',
      'NaN',
      'Infinity',
      '-1',
      '0',
      '1e309',
      '9007199254740993',
      '0x10',
      '1.5',
    ],
    ...[
      '2014-02-30T00:00:00Z',
      '0000-00-00',
      '99999-01-01T00:00:00Z',
      ':',
      'a:b:c',
      ':..',
      'key:1..',
      '*',
      ',',
    ],
  ),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.constantFrom(300, 3_000).map((length) => 'x'.repeat(length)),
);

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** JSON values of any wrong type, also under the names that objects inherit. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    ...[null, true, -1, 0, 1.5, 1e308, 5e-324, 2 ** 53, [], [[]], {}, [null], { $ne: null }, { $where: '1' }],
    ...[nested(50), 'x'.repeat(70_000), Array.from({ length: 2_000 }, (_, index) => index)],
  ),
);

/** Bodies as bytes: JSON that is broken, doubled, deep or pollutes; bytes that are no text. */
export const hostileBytes: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .constantFrom(
      ...[
        '',
        ' ',
        '{',
        '[',
        '[{}',
        '{"a":1}{"a":2}',
        '{"a":1,"a":2}',
        '{"__proto__":{"x":1}}',
        'NaN',
        '"',
        '[,]',
      ],
      ...[
        '{"constructor":{"prototype":{"x":1}}}',
        '\uFEFF{}',
        '{"a":1e999}',
        '{"a":-0}',
        '"\\ud800"',
        'null',
      ],
      ...[
        'a,b\n1,2\n',
        'a,b\n1\n',
        'a,b\n1,2,3\n',
        '"a',
        '#\n',
        '\n\n',
        'a\tb',
        '--b\r\n',
        '--b--',
        ',,,\n,,,',
      ],
      ...[`${'['.repeat(10_000)}`, `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`, 'x'.repeat(300_000)],
    )
    .map((text) => Buffer.from(text)),
  fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  // What looks like a zip (a workbook) and like gzip, and is none.
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.from('PK\x03\x04'), bytes])),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), bytes])),
);
