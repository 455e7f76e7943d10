import { createTestIssuer } from '@flyloft/testing';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { authenticatedApp } from '../../test/authenticated-app.ts';
import { createTokenVerifier } from '../tokens/token-verifier.ts';
import { type PermissionRequirement, requirePermission } from './require-permission.ts';

const issuer = await createTestIssuer();
const verifier = createTokenVerifier({
  issuer: issuer.issuer,
  audiences: ['data-sets'],
  keys: { kind: 'static', jwks: issuer.jwks },
});

async function statusFor(requirement: PermissionRequirement, permissions: Record<string, unknown>) {
  const app = authenticatedApp({ verifier }, requirement);
  const token = issuer.serviceToken({ permissions });
  return (await request(app).get('/things').set('Authorization', `Bearer ${token}`)).status;
}

describe('requirePermission', () => {
  it('lets through who holds all, or any, of what is asked, and answers 403 otherwise', async () => {
    expect(await statusFor({ all: ['write', 'admin'] }, { write: true, admin: true })).toBe(200);
    expect(await statusFor({ all: ['write', 'admin'] }, { write: true })).toBe(403);
    expect(await statusFor({ any: ['write', 'admin'] }, { admin: true })).toBe(200);
    expect(await statusFor({ any: ['write', 'admin'] }, {})).toBe(403);
  });

  it('takes a permission as held when its value is truthy, and never from a prototype', async () => {
    expect(await statusFor({ all: ['write'] }, { write: false })).toBe(403);
    expect(await statusFor({ all: ['write'] }, { write: { groups: ['a'] } })).toBe(200);
    expect(await statusFor({ all: ['write'] }, JSON.parse('{"__proto__":{"write":true}}'))).toBe(403);
  });

  it('answers 401, not 403, to a stranger where the token is optional', async () => {
    const app = authenticatedApp({ verifier, optional: true }, { all: ['write'] });
    await request(app).get('/things').expect(401, { code: 'token_missing' });
  });

  it('fails at start for an empty requirement and for an unknown permission', () => {
    expect(() => requirePermission({ all: [] })).toThrow('at least one');
    expect(() => requirePermission({ any: [] })).toThrow('at least one');
    const unknown = { all: ['wriet'] } as unknown as PermissionRequirement;
    expect(() => requirePermission(unknown)).toThrow('wriet');
  });
});
