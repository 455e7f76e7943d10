import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFileAddresses, createS3FileAddresses } from './file-addresses.ts';
import { keyProblem } from './keys.ts';

const local = createFileAddresses('http://127.0.0.1:4000');
const online = createFileAddresses('https://data.example.org');

const onS3 = createS3FileAddresses('https://data.example.org', {
  endpoint: 'http://s3.example.org:7070',
  bucket: 'files.example.org',
});
const onItsOwnHost = createS3FileAddresses('https://data.example.org', {
  endpoint: 'https://s3.example.org',
  bucket: 'flyloft',
  forcePathStyle: false,
});

describe('file addresses on S3', () => {
  const eight = (user: string) => [
    `http://s3.example.org:80/files.example.org/${user}`,
    `http://s3.example.org/files.example.org/${user}`,
    `http://files.example.org:80/${user}`,
    `http://files.example.org/${user}`,
    `https://s3.example.org:443/files.example.org/${user}`,
    `https://s3.example.org/files.example.org/${user}`,
    `https://files.example.org:443/${user}`,
    `https://files.example.org/${user}`,
  ];

  it('begins the prefixes with the one that addresses have, then the eight of the contract, in its order', () => {
    expect(onS3.prefixesOf('abc')).toEqual([
      'http://s3.example.org:7070/files.example.org/abc',
      ...eight('abc'),
    ]);
    expect(onS3.addressOf('abc/a b.csv')).toBe('http://s3.example.org:7070/files.example.org/abc/a%20b.csv');
    expect(onItsOwnHost.addressOf('abc/a')).toBe('https://flyloft.s3.example.org/abc/a');
  });

  it('knows every spelling, and the address on the conductor, as its own', () => {
    for (const prefix of onS3.prefixesOf('abc'))
      expect(onS3.keyOf(`${prefix}/a%20b.csv`)).toBe('abc/a b.csv');
    expect(onS3.keyOf('https://data.example.org/files/abc/a.csv')).toBe('abc/a.csv');
    expect(onItsOwnHost.keyOf('https://flyloft.s3.example.org/abc/a')).toBe('abc/a');
  });

  it.each([
    'http://s3.example.org:7070/other-bucket/abc/a.csv',
    'http://s3.example.org:7070/files.example.org/abc/..%2f..%2fother-bucket/a.csv',
    'http://s3.example.org:7070/files.example.org.evil/abc/a.csv',
    'http://s3.example.org:9000/files.example.org/abc/a.csv',
    'http://s3.example.org:7070/files.example.org/abc/a.csv?versionId=1',
    'http://evil.example/files.example.org/abc/a.csv',
  ])('does not take %s for its own', (address) => {
    expect(onS3.keyOf(address)).toBeUndefined();
  });
});

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

  it.each([local, onS3, onItsOwnHost])('answers the key of every address that it makes', (addresses) => {
    const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(key, (candidate) => {
        fc.pre(keyProblem(candidate) === undefined);
        expect(addresses.keyOf(addresses.addressOf(candidate))).toBe(candidate);
      }),
    );
  });
});
