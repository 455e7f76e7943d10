import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keyProblem } from './keys.ts';

describe('keyProblem', () => {
  it.each([
    ['', 'is empty'],
    ['/etc/passwd', 'begins with "/"'],
    ['../secret', 'contains the part ".."'],
    ['a/../b', 'contains the part ".."'],
    ['a/./b', 'contains the part "."'],
    ['..', 'contains the part ".."'],
    ['a//b', 'contains an empty part'],
    ['a/', 'contains an empty part'],
    ['a\u0000b', 'contains a control character'],
    ['a\nb', 'contains a control character'],
    ['a\u007f', 'contains a control character'],
    ['a\u0085', 'contains a control character'],
    ['..\\windows', 'contains a backslash'],
    ['\ud800', 'is not valid Unicode'],
    [`${'ä/'.repeat(400)}a`, 'is longer than 1024 bytes'],
    ['ä'.repeat(128), 'contains a part longer than 255 bytes'],
  ])('refuses %j, saying that it %s', (path, reason) => {
    expect(keyProblem(path)).toBe(reason);
  });

  it.each(['datapackage.json', 'data/budget 2014.csv', '..a/b..', 'données/été.csv', 'a'.repeat(255)])(
    'accepts %j',
    (path) => {
      expect(keyProblem(path)).toBeUndefined();
    },
  );

  it('never accepts a path that leaves its folder', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '\\', '\0', 'b.csv');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const path = parts.join('/');
        if (keyProblem(path) !== undefined) return;
        expect(new URL(path, 'file:///store/').pathname).toBe(`/store/${path}`);
      }),
    );
  });
});
