import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type NextPolicy, parseNext } from './parse-next.ts';
import { withParameter } from './with-parameter.ts';

const policy: NextPolicy = {
  origin: 'https://data.example',
  allowedOrigins: new Set(['https://good.example', 'http://n.example:8080']),
  compatOrigins: new Set(['http://old.example']),
};
const allowed = [policy.origin, ...policy.allowedOrigins, ...policy.compatOrigins];

describe('parseNext', () => {
  it.each([
    ['/', policy.origin],
    ['/a/b?c=d#e', policy.origin],
    ['/wetter/märz', policy.origin],
    ['/a?next=https://evil.example', policy.origin],
    ['https://data.example', policy.origin],
    ['https://good.example', 'https://good.example'],
    ['https://good.example/', 'https://good.example'],
    ['https://good.example?x=1', 'https://good.example'],
    ['https://good.example#/route', 'https://good.example'],
    ['http://n.example:8080/p', 'http://n.example:8080'],
    ['http://old.example/p', 'http://old.example'],
  ])('D7: takes %s', (text, origin) => {
    expect(parseNext(text, policy)).toEqual({ address: text, origin });
  });

  it.each([
    '',
    'relative',
    'https://evil.example',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/%2f/evil.example',
    '/%2F/evil.example',
    '/%5cevil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/a/..//evil.example',
    'https:evil.example',
    'https:/evil.example',
    'https:///evil.example',
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'https://good.example@evil.example',
    'https://good.example:x@evil.example',
    'https://user@good.example/',
    'https://good.example.evil.example',
    'https://good.example%2eevil.example',
    'https://good.example:444/',
    'https://good.example\\@evil.example',
    'https://sub.good.example',
    'http://good.example',
    'HTTPS://good.example',
    'https://GOOD.example',
    'https://good。example',
    'https://good.example。evil.example',
    'https://good\u200b.example',
    '/\u2028x',
    '/a\r\nLocation: https://evil.example',
    '/a\u0000b',
    '/\tevil.example',
    '/\t/evil.example',
    ' /a',
    'http://n.example',
    `/${'a'.repeat(4_096)}`,
  ])('D7: refuses %j', (text) => {
    expect(parseNext(text, policy)).toBeUndefined();
  });

  it('D7: whatever it takes leads a browser to an allowed origin, with a parameter or without', () => {
    const piece = fc.constantFrom(
      ...['/', '//', '\\', '.', '..', '@', ':', '?', '#', '%2f', '%5C', 'https:', 'evil.example', '\t', 'ä'],
      ...allowed,
    );
    const text = fc.array(fc.oneof({ weight: 5, arbitrary: piece }, fc.string({ maxLength: 4 })));
    fc.assert(
      fc.property(text, (pieces) => {
        const next = parseNext(pieces.join(''), policy);
        if (next === undefined) return;
        for (const address of [next.address, withParameter(next.address, 'code', 'x')]) {
          expect(new URL(address, policy.origin).origin).toBe(next.origin);
          expect(allowed).toContain(next.origin);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('withParameter', () => {
  it.each([
    ['/', '/?jwt=T'],
    ['http://n.example/?a=1&jwt=old#f', 'http://n.example/?a=1&jwt=T#f'],
    ['http://n.example/?a=1&a=2&b=', 'http://n.example/?a=2&jwt=T'],
    ['http://n.example/p?x=a%20b+c', 'http://n.example/p?x=a+b+c&jwt=T'],
    ['http://n.example/#/r?x=1', 'http://n.example/?jwt=T#/r?x=1'],
    ["http://n.example/?q=(*)'!~", 'http://n.example/?q=%28%2A%29%27%21~&jwt=T'],
  ])('merges into %s as the older clients know it', (address, expected) => {
    expect(withParameter(address, 'jwt', 'T')).toBe(expected);
  });
});
