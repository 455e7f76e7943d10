import { checkForgedTokens, createTestIssuer } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await openHarness({ realTime: true });
});

afterAll(() => harness.close());

describe.each([
  ['get', '/auth/check?strict=1'],
  ['get', '/user/authorize?strict=1&service=data-sets'],
  ['post', '/admin/users'],
] as const)('the forged-token matrix at %s %s', (method, path) => {
  it('D1 D2 D3 D4 D5: refuses all user tokens that are forged, with the very key that signs right ones', async () => {
    const admin = await harness.database.user.findFirstOrThrow();
    const { sessionId, token } = await harness.userTokenFor(admin.id);
    const issuer = await createTestIssuer(ORIGIN, harness.keyRing.active.privateKey);
    const send = (sent: string) =>
      request(harness.app)
        [method](path)
        .set('Authorization', `Bearer ${sent}`)
        .send(method === 'post' ? { email: 'forger@example.org' } : undefined);

    const claims = { sub: admin.id, sid: sessionId, userid: admin.idhash };
    expect(await checkForgedTokens({ issuer, audience: ORIGIN, kind: 'user', claims, send })).toEqual([]);
    expect((await send(token)).status).toBeLessThan(300);
  });
});
