import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFileAddresses } from './file-addresses.ts';
import { keyProblem } from './keys.ts';

const local = createFileAddresses('http://127.0.0.1:4000');
const online = createFileAddresses('https://data.example.org');

describe('file addresses', () => {
  it('begins the prefixes with the very one that addresses have, then the equal spellings', () => {
    expect(online.prefixesOf('abc')).toEqual([
      'https://data.example.org/files/abc',
      'https://data.example.org:443/files/abc',
    ]);
    expect(local.prefixesOf('abc')).toEqual(['http://127.0.0.1:4000/files/abc']);
    expect(online.addressOf('abc/name/datapackage.json')).toBe(
      'https://data.example.org/files/abc/name/datapackage.json',
    );
  });

  it.each([
    'https://data.example.org/files/abc/a%20b.csv',
    'https://data.example.org:443/files/abc/a%20b.csv',
    'HTTPS://DATA.Example.org/files/abc/a b.csv',
    'https://data.example.org/files/%61bc/a%20b.csv#top',
  ])('knows %s as its own', (address) => {
    expect(online.keyOf(address)).toBe('abc/a b.csv');
  });

  it.each([
    'https://evil.example/files/abc/a.csv',
    'http://data.example.org/files/abc/a.csv',
    'https://data.example.org/elsewhere/abc/a.csv',
    'https://data.example.org/files/abc/..%2f..%2fetc/passwd',
    'https://data.example.org/files/a%00b',
    'https://data.example.org/files//etc/passwd',
    'https://data.example.org/files/',
    'https://data.example.org/files/abc/a.csv?x=1',
    'https://user:secret@data.example.org/files/abc/a.csv',
    'file:///files/abc/a.csv',
    '/files/abc/a.csv',
    'nonsense',
  ])('does not take %s for its own', (address) => {
    expect(online.keyOf(address)).toBeUndefined();
  });

  it('answers the key of every address that it makes', () => {
    const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(key, (candidate) => {
        fc.pre(keyProblem(candidate) === undefined);
        expect(local.keyOf(local.addressOf(candidate))).toBe(candidate);
      }),
    );
  });
});
