import { describe, expect, it } from '@jest/globals';
import { isDependencyDown } from './dependency-down.ts';

const withCode = (code: string, cause?: Error) => Object.assign(new Error('x', { cause }), { code });

describe('isDependencyDown', () => {
  it('is true for what cannot be reached, however deep it is wrapped', () => {
    for (const code of ['ECONNREFUSED', 'ENOTFOUND', '57P01', '08006', '53300', 'P1001']) {
      expect(isDependencyDown(withCode(code))).toBe(true);
      expect(isDependencyDown(new Error('wrapped', { cause: withCode(code) }))).toBe(true);
    }
    for (const message of [
      'Connection terminated unexpectedly',
      'Client has encountered a connection error and is not queryable',
      '\nRaw query failed. Code: `N/A`. Message: `Server has closed the connection.`',
      'Raw query failed. Code: `57P01`. Message: `terminating connection`',
    ]) {
      expect(isDependencyDown(new Error(message))).toBe(true);
    }
    expect(isDependencyDown(Object.assign(new Error('reduce your rate'), { $fault: 'server' }))).toBe(true);
    expect(isDependencyDown(Object.assign(new Error('no answer'), { name: 'TimeoutError' }))).toBe(true);
  });

  it('is false for a dependency that answered no, and for what is no error', () => {
    expect(isDependencyDown(new Error('Raw query failed. Code: `23505`. Message: `twice`'))).toBe(false);
    for (const code of ['23505', '42P01', 'P2002', 'ENOENT', '']) {
      expect(isDependencyDown(withCode(code))).toBe(false);
    }
    expect(isDependencyDown(Object.assign(new Error('forbidden'), { $fault: 'client' }))).toBe(false);
    expect(isDependencyDown(new TypeError('a bug'))).toBe(false);
    expect(isDependencyDown('ECONNREFUSED')).toBe(false);
  });

  it('ends on causes that go in a circle', () => {
    const error = new Error('round');
    error.cause = error;
    expect(isDependencyDown(error)).toBe(false);
  });
});
