import { once } from 'node:events';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestIssuer } from '@flyloft/testing';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { authenticatedApp } from '../../test/authenticated-app.ts';
import { createTokenVerifier } from '../tokens/token-verifier.ts';

const issuer = await createTestIssuer();
const verifier = createTokenVerifier({
  issuer: issuer.issuer,
  audiences: ['data-sets'],
  keys: { kind: 'static', jwks: issuer.jwks },
});
const token = issuer.serviceToken({ userid: 'me' });
const second = issuer.serviceToken({ userid: 'me' });
const strict = authenticatedApp({ verifier });
const kept = authenticatedApp({ verifier, places: ['authorization', 'auth-token', 'jwt'] });
const optional = authenticatedApp({ verifier, optional: true });

describe('authenticate', () => {
  it('takes a token from each allowed place', async () => {
    const me = { userid: 'me' };
    await request(strict).get('/things').set('Authorization', `Bearer ${token}`).expect(200, me);
    await request(strict).get('/things').set('Authorization', `bearer ${token}`).expect(200, me);
    await request(kept).get('/things').set('auth-token', token).expect(200, me);
    await request(kept).get('/things').query({ jwt: token }).expect(200, me);
    await request(kept).post('/things').type('form').send({ jwt: token }).expect(200, me);
  });

  it('answers 401 token_missing with a bare challenge when there is none', async () => {
    const answer = await request(strict).get('/things').expect(401, { code: 'token_missing' });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="flyloft"');
  });

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Basic dTpw', 'token abc', `Bearer\t${token}`])(
    'answers 401 token_malformed for the header "%s", optional or not',
    async (header) => {
      for (const app of [strict, optional]) {
        const answer = await request(app).get('/things').set('Authorization', header);
        expect([answer.status, answer.body.code]).toEqual([401, 'token_malformed']);
        expect(answer.headers['www-authenticate']).toContain('error="invalid_request"');
      }
    },
  );

  it('D8: answers 401 for a right token in a place that is not allowed, such as the address', async () => {
    const answers = await Promise.all([
      request(strict).get('/things').set('auth-token', token),
      request(strict).get('/things').query({ jwt: token }),
      request(optional).get('/things').query({ jwt: token }),
      request(kept).get('/things').query({ access_token: token }),
      request(strict).get('/things').set('Authorization', `Bearer ${token}`).query({ jwt: token }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  });

  it('answers 400 conflicting_tokens when two differ, wherever they stand', async () => {
    const answers = await Promise.all([
      request(kept).get('/things').set('Authorization', `Bearer ${token}`).set('auth-token', second),
      request(kept)
        .get('/things')
        .query({ jwt: [token, second] }),
      request(strict).get('/things').set('Authorization', `Bearer ${token}`).query({ jwt: second }),
    ]);
    expect(answers.map(({ body }) => body.code)).toEqual(Array(3).fill('conflicting_tokens'));
    await request(kept).get('/things').set('auth-token', token).query({ jwt: token }).expect(200);
  });

  it('answers 400 when one header comes twice with different tokens: the second is not overlooked', async () => {
    const server = kept.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // a listening TCP server has an AddressInfo
    const { port } = server.address() as AddressInfo;
    try {
      for (const twice of [
        ['authorization', `Bearer ${token}`, 'authorization', `Bearer ${second}`],
        ['auth-token', token, 'auth-token', second],
      ]) {
        const headers = ['host', 'localhost', ...twice];
        const call = get({ port, path: '/things', headers });
        const [answer] = await once(call, 'response');
        answer.resume();
        expect(answer.statusCode).toBe(400);
      }
    } finally {
      server.close();
    }
  });

  it('leaves a field named jwt in a JSON body alone: it is data', async () => {
    await request(strict)
      .post('/things')
      .set('Authorization', `Bearer ${token}`)
      .send({ jwt: 'a measure' })
      .expect(200);
  });

  it('lets a stranger pass where a token is optional, and a bad token never', async () => {
    await request(optional).get('/things').expect(200, { userid: null });
    await request(optional).get('/things').set('Authorization', 'Bearer x.y.z').expect(401);
  });
});
