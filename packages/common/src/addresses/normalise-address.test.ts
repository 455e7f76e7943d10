import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normaliseAddress } from './normalise-address.ts';

describe('normaliseAddress', () => {
  it.each([
    ['https://data.example.org:443/a/b.json', 'https://data.example.org/a/b.json'],
    ['http://data.example.org:80/a', 'http://data.example.org/a'],
    ['http://data.example.org:443/a', 'http://data.example.org:443/a'],
    ['HTTPS://DATA.Example.ORG/A', 'https://data.example.org/A'],
    ['https://h/%7eann/%61%2fb', 'https://h/~ann/a%2Fb'],
    ['https://h/a b', 'https://h/a%20b'],
    ['https://h/a%20b', 'https://h/a%20b'],
    ['https://h/ann@example.org/x', 'https://h/ann%40example.org/x'],
    ['https://h/ann%40example.org/x', 'https://h/ann%40example.org/x'],
    ['https://h/été', 'https://h/%C3%A9t%C3%A9'],
    ['https://h/%c3%a9t%c3%a9', 'https://h/%C3%A9t%C3%A9'],
    ['https://h/bad%ff%2d', 'https://h/bad%FF%2D'],
    ['https://h/a/../b', 'https://h/b'],
    ['https://h/a#part', 'https://h/a'],
    ['https://h/a?x=1', 'https://h/a?x=1'],
  ])('spells %s as %s', (address, expected) => {
    expect(normaliseAddress(address)).toBe(expected);
  });

  it.each([
    '',
    'nonsense',
    '/a/b',
    'file:///etc/passwd',
    'ftp://h/a',
    'https://user:secret@h/a',
    'javascript:1',
  ])('does not take %j for an address', (address) => {
    expect(normaliseAddress(address)).toBeUndefined();
  });

  it('changes nothing the second time, whatever the address', () => {
    const anyAddress = fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.string({ unit: 'binary' }).map((path) => `https://Example.org:443/${path}`),
      fc
        .array(fc.constantFrom('%41', '%zz', '%2f', '%c3', '%A9', 'a', '/', '..', '?', '%'))
        .map((parts) => `http://h/${parts.join('')}`),
    );
    fc.assert(
      fc.property(anyAddress, (address) => {
        const once = normaliseAddress(address);
        fc.pre(once !== undefined);
        expect(normaliseAddress(once)).toBe(once);
      }),
    );
  });

  it('does not mind how much of a path a client percent-encodes', () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    const encodeAll = (text: string) =>
      [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
        fc.pre(!segments.some((part) => part === '.' || part === '..'));
        const lazily = `https://h/${segments.map(encodeURIComponent).join('/')}`;
        const eagerly = `HTTPS://H:443/${segments.map(encodeAll).join('/')}`;
        expect(normaliseAddress(eagerly)).toBe(normaliseAddress(lazily));
      }),
    );
  });
});
