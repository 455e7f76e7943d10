import { describe, expect, it } from '@jest/globals';
import { atOrigin } from './administrator.ts';

describe('the administrator’s sign-in link', () => {
  it('leads to where the platform listens now, although it was made when it listened elsewhere', () => {
    expect(atOrigin('http://127.0.0.1:4000/auth/sign-in?link=abc', 'http://127.0.0.1:5000')).toBe(
      'http://127.0.0.1:5000/auth/sign-in?link=abc',
    );
  });
});
