import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseCut } from './parse-cut.ts';

const values = (text: string) => parseCut(text).map(({ condition }) => condition);

describe('a cut', () => {
  it.each([
    ['a:x|b.c:y', [['x'], ['y']]],
    ['a:2014-01-01;2014-01-02', [['2014-01-01', '2014-01-02']]],
    ['a:1;2;03', [['1', '2', '03']]],
    ['a:2015M01', [['2015M01']]],
    ['a:4.1', [['4.1']]],
    ['a:x;y', [['x;y']]],
    ['a:"x";"y|z"|b:"say \\"hi\\""', [['x', 'y|z'], ['say "hi"']]],
    ['a:with: colons, spaces', [['with: colons, spaces']]],
    ['a_b-c:1', [['1']]],
  ])('parses %s', (text, expected) => {
    expect(values(text)).toEqual(expected.map((list) => ({ kind: 'in', values: list })));
  });

  it('parses the additions: ranges, negation, null', () => {
    expect(values('a:[1..2]|b:[..5]|c:["x y".."z"]')).toEqual([
      { kind: 'range', low: '1', high: '2' },
      { kind: 'range', low: undefined, high: '5' },
      { kind: 'range', low: 'x y', high: 'z' },
    ]);
    expect(values('a!:1;2|b:null()')).toEqual([{ kind: 'not-in', values: ['1', '2'] }, { kind: 'null' }]);
  });

  it.each(['a', 'a:', ':x', 'a:x|', '|a:x', 'a:[..]', 'a:"x', 'a!:null()', 'a b:1', "a';drop:1"])(
    'is refused when it does not follow the grammar: %s',
    (text) => {
      expect(() => parseCut(text)).toThrow(expect.objectContaining({ code: 'invalid_parameter' }));
    },
  );

  it('gives back any text that is quoted as JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (texts) => {
        const cut = `a:${texts.map((text) => JSON.stringify(text)).join(';')}`;
        expect(values(cut)).toEqual([{ kind: 'in', values: texts }]);
      }),
    );
  });

  it('never fails in another way than by 400', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '1', '.', ':', '|', ';', '"', '\\', '[', ']', '-', '!') }),
        (text) => {
          try {
            parseCut(text);
          } catch (error) {
            expect(error).toMatchObject({ status: 400 });
          }
        },
      ),
    );
  });
});
