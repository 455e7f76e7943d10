import { describe, expect, it } from '@jest/globals';
import { authorName, obfuscatePeople } from './author.ts';

describe('obfuscatePeople', () => {
  it.each([
    [{ author: 'Testy McTest <test@test.com>' }, { author: 'Testy McTest <test@not.shown>' }],
    [{ author: 'test@test.com' }, { author: 'test@not.shown' }],
    [{ author: { name: 'T', email: 't@test.com' } }, { author: { name: 'T', email: 't@not.shown' } }],
    [
      { contributors: [{ title: 'T', email: 't@test.com' }, 'x@y.z'] },
      { contributors: [{ title: 'T', email: 't@not.shown' }, 'x@not.shown'] },
    ],
    [{ name: 'no people' }, { name: 'no people' }],
  ])('shows no domain of an e-mail address: %j', (descriptor, expected) => {
    expect(obfuscatePeople(descriptor)).toEqual(expected);
  });
});

describe('authorName', () => {
  it.each([
    ['Testy McTest <test@test.com>', 'Testy McTest'],
    [{ name: 'Testy' }, 'Testy'],
    [{ title: 'Testy' }, 'Testy'],
    ['<test@test.com>', undefined],
    [undefined, undefined],
    [7, undefined],
  ])('of %j is %j', (author, name) => {
    expect(authorName({ author })).toBe(name);
  });
});
