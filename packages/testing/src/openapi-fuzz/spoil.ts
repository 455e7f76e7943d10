import { METHODS } from 'node:http';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { hostileBytes, hostileJson, hostileText } from './hostile-values.ts';
import type { Plan } from './plan.ts';

/** Makes one thing of a request wrong, or odd. */
type Spoil = (plan: Plan) => Plan;

function at<T>(list: readonly T[], place: number): T | undefined {
  return list[place % Math.max(list.length, 1)];
}

const withHeader = (plan: Plan, name: string, value: string | undefined): Plan => ({
  ...plan,
  headers: [
    ...plan.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase()),
    ...(value === undefined ? [] : [[name, value] as const]),
  ],
});

const place = fc.nat(1_000);

const parameters = fc.tuple(place, hostileText).map(
  ([index, text]): Spoil =>
    (plan) => {
      const name = at(Object.keys(plan.parameters), index);
      return name === undefined ? plan : { ...plan, parameters: { ...plan.parameters, [name]: text } };
    },
);

const queryValue = fc.tuple(place, hostileText).map(
  ([index, text]): Spoil =>
    (plan) => {
      const chosen = at(plan.query, index);
      return { ...plan, query: plan.query.map((pair) => (pair === chosen ? [pair[0], text] : pair)) };
    },
);

const doubledQuery = fc.tuple(place, hostileText).map(
  ([index, text]): Spoil =>
    (plan) => {
      const chosen = at(plan.query, index);
      return chosen === undefined ? plan : { ...plan, query: [...plan.query, [chosen[0], text]] };
    },
);

const queryName = fc.constantFrom(
  '__proto__',
  'filter_by[$ne]',
  'a[b][c]',
  'constructor',
  'q',
  'page',
  '$where',
  '',
);
const strangeQuery = fc.tuple(fc.oneof(queryName, hostileText), hostileText).map(
  ([name, text]): Spoil =>
    (plan) => ({ ...plan, query: [...plan.query, [name, text]] }),
);

const rawTail = fc
  .constantFrom(
    '?',
    '?&&=',
    '?%zz',
    '?a=%ff',
    '%zz',
    '/',
    '//',
    '?a=1#b',
    `?${'a=1&'.repeat(1_200)}`,
    '%2e%2e',
  )
  .map(
    (tail): Spoil =>
      (plan) => ({ ...plan, rawTail: tail }),
  );

const headerValue = fc.tuple(place, hostileText).map(
  ([index, text]): Spoil =>
    (plan) => {
      const chosen = at(plan.headers, index);
      return chosen === undefined ? plan : withHeader(plan, chosen[0], text);
    },
);

const strangeHeader = fc
  .tuple(
    fc.constantFrom(
      ...[
        'Accept',
        'If-None-Match',
        'If-Modified-Since',
        'Range',
        'Cookie',
        'X-Request-Id',
        'X-Forwarded-For',
      ],
      ...[
        'Idempotency-Key',
        'Origin',
        'X-Requested-With',
        'Accept-Encoding',
        'X-HTTP-Method-Override',
        'Host',
      ],
    ),
    fc.oneof(hostileText, fc.constantFrom('*', 'W/"x"', 'bytes=0-', 'text/html', 'XMLHttpRequest')),
  )
  .map(
    ([name, value]): Spoil =>
      (plan) =>
        withHeader(plan, name, value),
  );

const credentials = fc
  .oneof(
    fc.constantFrom(
      undefined,
      '',
      'Bearer',
      'Bearer ',
      'bearer x',
      'Basic eDp5',
      'Bearer a.b.c',
      'Bearer fl_pat_x',
    ),
    fc.constant('Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.'),
    hostileText.map((text) => `Bearer ${text}`),
  )
  .map(
    (value): Spoil =>
      (plan) =>
        withHeader(plan, 'Authorization', value),
  );

const contentType = fc
  .constantFrom(
    ...[
      undefined,
      '',
      'text/plain',
      'application/json',
      'application/json; charset=utf-16',
      'text/csv',
      'x/y',
    ],
    ...['application/x-ndjson', 'multipart/form-data', 'multipart/form-data; boundary=b', 'application/xml'],
    ...['application/x-www-form-urlencoded', 'application/json; charset="', ';;;', 'application/gzip'],
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  )
  .map(
    (type): Spoil =>
      (plan) =>
        withHeader(plan, 'Content-Type', type),
  );

const bytes = hostileBytes.map(
  (body): Spoil =>
    (plan) => ({ ...plan, body }),
);

const truncated = place.map(
  (index): Spoil =>
    (plan) =>
      plan.body === undefined
        ? plan
        : { ...plan, body: plan.body.subarray(0, index % (plan.body.length + 1)) },
);

function withPart(json: unknown, index: number, value: unknown): unknown {
  if (typeof json !== 'object' || json === null) return value;
  const names = Object.keys(json);
  const name = names[index % (names.length + 1)];
  if (name === undefined) return value;
  const part = Object(json)[name];
  const changed = typeof part === 'object' && index % 2 === 0 ? withPart(part, index >> 1, value) : value;
  return Array.isArray(json)
    ? json.map((item, position) => (String(position) === name ? changed : item))
    : { ...json, [name]: changed };
}

const jsonPart = fc.tuple(place, hostileJson).map(
  ([index, value]): Spoil =>
    (plan) => {
      if (plan.json === undefined) return plan;
      const json = withPart(plan.json, index, value);
      return { ...plan, json, body: Buffer.from(JSON.stringify(json)) };
    },
);

const inherited = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '$where',
  'a.b',
  'length',
);

const jsonName = fc.tuple(fc.oneof(inherited, hostileText), hostileJson).map(
  ([name, value]): Spoil =>
    (plan) => {
      if (typeof plan.json !== 'object' || plan.json === null) return plan;
      // As text, because assigning to __proto__ would leave no key behind.
      const text = JSON.stringify(Object.assign({}, plan.json));
      const more = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
      return { ...plan, body: Buffer.from(text === '{}' ? `{${more}}` : `${text.slice(0, -1)},${more}}`) };
    },
);

const encoding = fc
  .tuple(
    fc.constantFrom('gzip', 'deflate', 'br', 'identity', 'x'),
    fc.constantFrom('right', 'wrong', 'cut', 'more'),
  )
  .map(
    ([name, how]): Spoil =>
      (plan) => {
        if (plan.body === undefined) return plan;
        const zipped = gzipSync(plan.body);
        const body = {
          right: zipped,
          wrong: plan.body,
          cut: zipped.subarray(0, -9),
          more: Buffer.concat([zipped, zipped]),
        };
        return withHeader({ ...plan, body: body[how] }, 'Content-Encoding', name);
      },
  );

// CONNECT and upgrades are no requests that a handler sees.
const verbs = METHODS.filter((name) => name !== 'CONNECT');
const method = fc.constantFrom(...verbs).map(
  (name): Spoil =>
    (plan) => ({ ...plan, method: name }),
);

const cut = place.map(
  (index): Spoil =>
    (plan) =>
      plan.body === undefined ? plan : { ...plan, cutAfter: index % (plan.body.length + 1) },
);

export const spoils: fc.Arbitrary<Spoil> = fc.oneof(
  ...[parameters, queryValue, doubledQuery, strangeQuery, rawTail, headerValue, strangeHeader, credentials],
  ...[contentType, bytes, truncated, jsonPart, jsonPart, jsonName, encoding, method, cut],
);
