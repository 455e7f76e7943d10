import { generateKeyPairSync } from 'node:crypto';
import { createTokenVerifier, SERVICE_ALIASES, TOKEN_TYPES } from '@flyloft/common';
import { exportJWK, SignJWT } from 'jose';
import type { CaseResult } from '../harness/report.ts';
import { secondsOf } from '../harness/statistics.ts';

const ROUNDS = 3;
const TOKENS = 4_000;
const CACHED_CALLS = 200_000;
const ISSUER = 'http://127.0.0.1:4000';

async function createTokens() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' }] };
  const now = Math.floor(Date.now() / 1000);
  const sign = (number: number) =>
    new SignJWT({ sid: 'bench', userid: 'bench', permissions: {}, service: SERVICE_ALIASES.dataSets })
      .setProtectedHeader({ alg: 'RS256', typ: TOKEN_TYPES.service, kid: 'bench' })
      .setIssuer(ISSUER)
      .setAudience(SERVICE_ALIASES.dataSets)
      .setSubject('bench')
      .setIssuedAt(now)
      .setExpirationTime(now + 3600)
      .setJti(String(number))
      .sign(privateKey);
  return { jwks, tokens: await Promise.all(Array.from({ length: TOKENS }, (_, number) => sign(number))) };
}

/** How many service tokens a second a service can check: known ones against new ones. */
export async function tokenVerification(): Promise<CaseResult> {
  const { jwks, tokens } = await createTokens();
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const verifier = createTokenVerifier({
      issuer: ISSUER,
      audiences: [SERVICE_ALIASES.dataSets],
      keys: { kind: 'static', jwks },
    });
    const uncached = await secondsOf(async () => {
      for (const token of tokens) await verifier.verify(token);
    });
    theirs.push(TOKENS / uncached);
    const [token = ''] = tokens;
    const cached = await secondsOf(async () => {
      for (let call = 0; call < CACHED_CALLS; call += 1) await verifier.verify(token);
    });
    ours.push(CACHED_CALLS / cached);
  }
  return {
    case: 'token-verification',
    comparisons: [
      {
        name: 'tokens seen before',
        peer: 'tokens seen for the first time',
        unit: 'per second',
        ours,
        theirs,
      },
    ],
  };
}
