import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProblemError } from '../problem.ts';
import { findPhrases, phraseKey, type WordList } from './find-phrases.ts';
import { refuseWords } from './refuse-words.ts';
import { foldPhrase, wordsOf } from './words-of.ts';

const listOf = (blocked: string[], allowed: string[] = []): WordList => ({
  blocked: new Set(blocked.map(foldPhrase).map(phraseKey)),
  allowed: new Set(allowed.map(foldPhrase).map(phraseKey)),
  longest: 10,
});

describe('the word filter', () => {
  it.each([
    ['a darn thing', 'darn', 2],
    ['A DARN thing', 'darn', 2],
    ['dárn', 'darn', 0],
    ['da\u0301rn', 'darn', 0],
    ['ｄａｒｎ', 'darn', 0],
    ['da\u200brn!', 'darn', 0],
    ['d\u00adarn', 'darn', 0],
    ['my_darn_data', 'darn', 3],
    ['(darn)', 'darn', 1],
    ['no.darn.way', 'darn', 3],
    ['𝐝𝐚𝐫𝐧', 'darn', 0],
    ['STRASSE', 'straße', 0],
    ['ΟΔΟΣ', 'οδος', 0],
    ['a very bad-word', 'bad word', 7],
    ['bad   WORD', 'bad word', 0],
    ['这是坏话吗', '坏话', 2],
  ])('finds in %j the phrase %j at %d', (text, phrase, position) => {
    expect(findPhrases(text, listOf([phrase]))).toEqual([{ phrase: foldPhrase(phrase), position }]);
  });

  it.each([
    ['darning socks', 'darn'],
    ['undarned', 'darn'],
    ['Scunthorpe', 'thorp'],
    ['bad and word', 'bad word'],
    ['d a r n', 'darn'],
    ['', 'darn'],
  ])('finds in %j no %j: only whole words count', (text, phrase) => {
    expect(findPhrases(text, listOf([phrase]))).toEqual([]);
  });

  it('lets stand what lies within an allowed phrase, and only that', () => {
    const list = listOf(['cock'], ['cock robin']);
    expect(findPhrases('Who killed Cock Robin?', list)).toEqual([]);
    expect(findPhrases('cock robin, cock', list)).toEqual([{ phrase: 'cock', position: 12 }]);
  });

  it('lists each phrase once, with its first place, and says them in a 400', () => {
    const refuse = () =>
      refuseWords(
        { '/title': 'darn and heck and darn', '/description': undefined },
        listOf(['darn', 'heck']),
      );
    expect(refuse).toThrow(ProblemError);
    try {
      refuse();
    } catch (error) {
      expect(error).toMatchObject({
        status: 400,
        code: 'words_not_allowed',
        errors: [
          {
            pointer: '/title',
            phrase: 'darn',
            position: 0,
            detail: '"darn" at position 0 is not allowed here',
          },
          { pointer: '/title', phrase: 'heck', position: 9 },
        ],
      });
    }
  });

  it('takes any text, and finds every phrase that stands between blanks', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (phrase, around) => {
        const words = wordsOf(phrase).length;
        fc.pre(words > 0 && words <= 10);
        const found = findPhrases(`${around} ; ${phrase} ; ${around}`, listOf([phrase]));
        expect(found).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });
});
