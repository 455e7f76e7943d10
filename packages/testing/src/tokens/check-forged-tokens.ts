import { startCountingServer } from './counting-server.ts';
import { type ForgeryOptions, forgedTokens } from './forged-tokens.ts';
import type { TestIssuer } from './test-issuer.ts';

/** What a check needs of an answer; a supertest response and its like fit. */
interface CheckedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

interface ForgedTokenCheck extends Omit<ForgeryOptions, 'attackerUrl'> {
  readonly issuer: TestIssuer;
  /** Sends the request under test with this token; it must be one that a right token passes. */
  readonly send: (token: string) => Promise<CheckedAnswer>;
}

/**
 * Sends every forged token and answers those that were not refused as they must be: 401 with
 * `WWW-Authenticate`, and no key fetched from where a token points. A service's test expects `[]`,
 * after it has seen that a right token passes.
 *
 * @example
 * expect(
 *   await checkForgedTokens({
 *     issuer,
 *     audience: 'data-sets',
 *     send: (token) => request(app).get('/data/x/y').set('Authorization', `Bearer ${token}`),
 *   }),
 * ).toEqual([]);
 */
export async function checkForgedTokens(check: ForgedTokenCheck): Promise<string[]> {
  const { issuer, send, ...options } = check;
  const attacker = await startCountingServer((_req, res) => res.end('{"keys":[]}'));
  const faults: string[] = [];
  try {
    const tokens = forgedTokens(issuer, { ...options, attackerUrl: attacker.url });
    for (const { row, name, token } of tokens) {
      const answer = await send(token);
      if (answer.status !== 401) faults.push(`row ${row}, ${name}: ${answer.status}`);
      else if (!answer.headers['www-authenticate']) faults.push(`row ${row}, ${name}: no WWW-Authenticate`);
    }
    if (attacker.requests() > 0) faults.push(`${attacker.requests()} requests to the attacker's address`);
  } finally {
    await attacker.close();
  }
  return faults;
}
