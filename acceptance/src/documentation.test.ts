import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { accessTo, platform, request, unique } from './platform.ts';

/** An example of a page: a block of `http` and the block behind it, which says the answer. */
interface Example {
  readonly request: string;
  readonly kind: string;
  readonly status: number;
  readonly answer: string;
}

const EXAMPLE = /```http\n(.*?)```\s+```(json|csv|ndjson|text) (\d{3})\n(.*?)```/gs;

function examplesOf(document: string): Example[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs', document), 'utf8');
  return [...text.matchAll(EXAMPLE)].map(([, sent = '', kind = '', status, answer = '']) => ({
    request: sent,
    kind,
    status: Number(status),
    answer,
  }));
}

const GROUP = unique('city');
const variables = new Map<string, string>();

/** A data group of this run's own, in whose data sets' names hyphens are underscores; and tokens that exist. */
function withVariables(text: string): string {
  const named = text
    .replaceAll('"city"', `"${GROUP}"`)
    .replaceAll('/city/', `/${GROUP}/`)
    .replaceAll('/city_', `/${GROUP.replaceAll('-', '_')}_`);
  return [...variables].reduce((replaced, [name, value]) => replaced.replaceAll(name, value), named);
}

function send(text: string) {
  const [head = '', ...body] = withVariables(text).split('\n\n');
  const [line = '', ...headerLines] = head.trim().split('\n');
  const [method = '', path = ''] = line.split(' ');
  const headers = Object.fromEntries(headerLines.map((header) => header.split(': ')));
  const content = body.join('\n\n');
  return request(path, { method, headers, ...(content === '' ? {} : { body: content }) });
}

/** `…` stands for any text, and the name follows from the group of this run. */
function expectation(value: unknown): unknown {
  if (value === '…' || value === 'city_visits') return expect.any(String);
  if (value === 'city') return GROUP;
  if (Array.isArray(value)) return value.map(expectation);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, expectation(member)]));
}

const PAGES = [
  ['data-sets.md', 'data-sets'],
  ['data-sets-operations.md', 'data-sets'],
  ['packages.md', 'os.datastore'],
  ['sign-in.md', 'data-sets'],
] as const;

describe.each(PAGES)('the examples of docs/%s', (page, service) => {
  const examples = examplesOf(page);

  beforeAll(async () => {
    const { token, userid } = await accessTo(service, platform.adminToken);
    variables.set('$ADMIN', platform.adminToken);
    variables.set('$TOKEN', token).set('$OWNER', userid).set('$ORIGIN', platform.origin);
  });

  it('are all found', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8');
    expect(examples.length).toBe(text.match(/```http/g)?.length);
  });

  it.each(examples.map((example) => [example.request.split('\n')[0] ?? '', example] as const))(
    '%s answers what the page says',
    async (_name, example) => {
      const answer = await send(example.request);
      expect([answer.status, answer.status === example.status ? '' : answer.text]).toEqual([
        example.status,
        '',
      ]);
      if (example.kind === 'text') {
        expect(answer.text).toContain(example.answer.trim());
        return;
      }
      if (example.kind !== 'json') {
        expect(answer.text.replaceAll('\r\n', '\n')).toBe(example.answer);
        return;
      }
      const body = answer.json();
      expect(body).toMatchObject(expectation(JSON.parse(example.answer)) as object);
      if ('bearer_token' in Object(body)) variables.set('$BEARER', String(body.bearer_token));
      if ('phases' in Object(body)) variables.set('$LOAD', String(body.id));
    },
  );
});
