import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestIssuer } from '@flyloft/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createTokenVerifier,
  type FollowedRevocations,
  followRevocations,
  type Revocation,
} from '../src/index.ts';

const issuer = await createTestIssuer();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let entries: Revocation[] = [];
let asked: string[] = [];
let isDown = false;
let clock = Date.now();
let followed: FollowedRevocations;

/** A feed of pages with two entries, as auth's would be. */
const server = createServer((req, res) => {
  const since = Number(new URL(req.url ?? '', 'http://feed').searchParams.get('since'));
  asked.push(String(since));
  const page = entries.slice(since, since + 2);
  const next = since + page.length;
  res.statusCode = isDown ? 500 : 200;
  res.setHeader('Content-Type', 'application/json');
  res.end(JSON.stringify({ revocations: page, next: String(next), more: next < entries.length }));
});

beforeEach(async () => {
  entries = [];
  asked = [];
  isDown = false;
  clock = Date.now();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  followed.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function follow(intervalSeconds = 0.02) {
  const { port } = server.address() as AddressInfo;
  followed = followRevocations({
    url: new URL(`http://127.0.0.1:${port}/auth/revocations`),
    intervalSeconds,
    clock: () => clock,
  });
  const keys = { kind: 'static', jwks: issuer.jwks } as const;
  return createTokenVerifier({
    ...{ issuer: issuer.issuer, audiences: ['data-sets'], keys, revocations: followed },
    clock: () => clock,
  });
}

const revoke = (kind: Revocation['kind'], id: string, at = clock) =>
  entries.push({
    kind,
    subject: sha256(id),
    revoked_at: new Date(at).toISOString(),
    expires_at: new Date(clock + 3_600_000).toISOString(),
  });

/** Resolves when the service has asked this often. */
async function untilAsked(times: number): Promise<void> {
  while (asked.length < times) await new Promise((resolve) => setImmediate(resolve));
}

describe('a service that follows the revocation feed', () => {
  it('D17: refuses the token of a revoked session, of a person and of a key, though it remembered it', async () => {
    const verifier = follow();
    const tokens = [
      { token: issuer.serviceToken({ claims: { sid: 'pat:one' } }), kind: 'session', id: 'pat:one' },
      { token: issuer.serviceToken({ claims: { sub: 'maria' } }), kind: 'user', id: 'maria' },
      { token: issuer.serviceToken(), kind: 'key', id: issuer.kid },
    ] as const;
    for (const { token, kind, id } of tokens) {
      await verifier.verify(token);
      revoke(kind, id, clock + 1000);
      await untilAsked(asked.length + 2);
      await expect(verifier.verify(token)).rejects.toMatchObject({ status: 401, code: 'token_revoked' });
    }
  });

  it("D17: takes a person's tokens that were issued after what was revoked", async () => {
    const verifier = follow();
    revoke('user', 'maria', clock - 5_000);
    const iat = Math.floor(clock / 1000);
    await verifier.verify(issuer.serviceToken({ claims: { sub: 'maria', iat } }));
    const before = issuer.serviceToken({ claims: { sub: 'maria', iat: iat - 6 } });
    await expect(verifier.verify(before)).rejects.toMatchObject({ code: 'token_revoked' });
  });

  it('reads page after page at the first time, before it lets anybody in', async () => {
    for (const sid of ['a', 'b', 'c', 'd', 'e']) revoke('session', sid);
    const last = issuer.serviceToken({ claims: { sid: 'e' } });
    await expect(follow(60).verify(last)).rejects.toMatchObject({ code: 'token_revoked' });
    expect(asked).toEqual(['0', '2', '4']);
  });

  it('D24: answers 503 while it never read the feed, and lets in by itself once it did', async () => {
    isDown = true;
    const verifier = follow();
    const token = issuer.serviceToken();
    await expect(verifier.verify(token)).rejects.toMatchObject({
      status: 503,
      headers: { 'Retry-After': '5' },
    });
    isDown = false;
    await expect(verifier.verify(token)).resolves.toBeDefined();
  });

  it('D24: goes on with what it knows while auth is away, says how old that is, and catches up', async () => {
    const verifier = follow();
    revoke('session', 'ended');
    const ended = issuer.serviceToken({ claims: { sid: 'ended' } });
    const other = issuer.serviceToken();
    await expect(verifier.verify(ended)).rejects.toMatchObject({ code: 'token_revoked' });
    await followed.check();
    isDown = true;
    await untilAsked(asked.length + 2);
    clock += 61_000;
    await expect(verifier.verify(other)).resolves.toBeDefined();
    await expect(verifier.verify(ended)).rejects.toMatchObject({ code: 'token_revoked' });
    expect(followed.ageSeconds()).toBeGreaterThan(60);
    await expect(followed.check()).rejects.toThrow('minute');
    isDown = false;
    await untilAsked(asked.length + 2);
    await followed.check();
  });
});
