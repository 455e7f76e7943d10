import { describe, expect, it } from '@jest/globals';
import {
  createPersonalAccessToken,
  parsePersonalAccessToken,
  secretMatches,
} from './personal-access-token.ts';

describe('personal access tokens', () => {
  it('D21: are of the form fl_pat_<id>_<secret><checksum> and match their own hash alone', () => {
    const one = createPersonalAccessToken();
    const two = createPersonalAccessToken();
    expect(one.token).toMatch(/^fl_pat_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/);
    const parsed = parsePersonalAccessToken(one.token);
    expect(parsed?.id).toBe(one.id);
    expect(secretMatches(parsed?.secret ?? '', one.secretHash)).toBe(true);
    expect(secretMatches(parsed?.secret ?? '', two.secretHash)).toBe(false);
    expect(secretMatches('', new Uint8Array())).toBe(false);
  });

  it('D21: are refused for their checksum when any one letter is wrong', () => {
    const { token } = createPersonalAccessToken();
    for (let at = 'fl_pat_'.length; at < token.length; at += 1) {
      if (token[at] === '_') continue;
      const changed = `${token.slice(0, at)}${token[at] === 'a' ? 'b' : 'a'}${token.slice(at + 1)}`;
      expect(parsePersonalAccessToken(changed)).toBeUndefined();
    }
  });
});
