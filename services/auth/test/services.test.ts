import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import request from 'supertest';
import { type Harness, openHarness } from './harness.ts';

let harness: Harness;
let person: { id: string; idhash: string; token: string };

beforeAll(async () => {
  harness = await openHarness({
    allowedServices: ['town', 'hall'],
    permissionModules: new Map([['hall', async () => ({ enter: true })]]),
  });
  const { body } = await send('post', '/admin/users', { email: 'person@example.org', roles: ['user'] });
  const { token } = await harness.userTokenFor(body.id);
  person = { id: body.id, idhash: body.idhash, token };
});

afterAll(() => harness.close());

function send(method: 'get' | 'post' | 'put' | 'delete', path: string, body?: object) {
  const sent = request(harness.app)[method](path).set('Authorization', `Bearer ${harness.adminToken}`);
  return body === undefined ? sent : sent.send(body);
}

/** What a new service token says that the person may do. */
async function permissionsAt(service: string): Promise<unknown> {
  const { body } = await request(harness.app)
    .get(`/auth/authorize?strict=1&service=${service}`)
    .set('Authorization', `Bearer ${person.token}`)
    .expect(200);
  return decodeJwt(body.token).permissions;
}

async function revocationsOf(id: string): Promise<number> {
  const subject = createHash('sha256').update(id).digest('hex');
  return harness.database.revocation.count({ where: { kind: 'user', subject } });
}

const rowOf = (service: string, userid: string) => `/admin/services/${service}/permissions/${userid}`;

describe('/admin/services', () => {
  it('lists those of the platform and those of ALLOWED_SERVICES, and who decides for them', async () => {
    const { body } = await send('get', '/admin/services').expect(200);
    expect(body.services).toEqual([
      { alias: 'data-sets', built_in: true, decided_by: 'rows' },
      { alias: 'hall', built_in: false, decided_by: 'module' },
      { alias: 'os.datastore', built_in: true, decided_by: 'rows' },
      { alias: 'town', built_in: false, decided_by: 'rows' },
    ]);
  });

  it("a person's row stands over everyone's, and each is in the next token", async () => {
    await send('put', rowOf('town', '*'), { permissions: { read: true, write: false } }).expect(200);
    expect(await permissionsAt('town')).toEqual({ read: true, write: false });
    const own = { permissions: { write: true, groups: ['parks'] } };
    const { body } = await send('put', rowOf('town', person.idhash), own).expect(200);
    expect(body).toEqual({ ...own, userid: person.idhash, username: 'person' });
    expect(await permissionsAt('town')).toEqual({ read: true, write: true, groups: ['parks'] });
    const list = await send('get', '/admin/services/town/permissions?per_page=1').expect(200);
    expect(list.body).toMatchObject({ total: 2, items: [{ userid: '*', username: null }] });
  });

  it('tokens that say what was taken away are revoked with it, and both are in the audit log', async () => {
    await send('put', rowOf('town', person.idhash), { permissions: { write: true } }).expect(200);
    const before = await revocationsOf(person.id);
    await send('delete', rowOf('town', person.idhash)).expect(204);
    expect(await revocationsOf(person.id)).toBe(before + 1);
    await send('delete', rowOf('town', person.idhash)).expect(404);
    const { body } = await send('get', `/admin/audit?target=${person.idhash}&action=service.`).expect(200);
    expect(body.items[0]).toMatchObject({
      action: 'service.permissions-removed',
      details: { service: 'town' },
    });
  });

  it('404: an unknown service, an idhash that nobody has, or what is none', async () => {
    const body = { permissions: {} };
    await send('put', rowOf('nowhere', '*'), body).expect(404);
    await send('put', rowOf('town', 'a'.repeat(32)), body).expect(404);
    await send('put', rowOf('town', person.id), body).expect(404);
    await send('get', '/admin/services/nowhere/permissions').expect(404);
  });

  it.each([
    {},
    { permissions: [] },
    { permissions: { '': true } },
    { permissions: { 'a\0b': true } },
    { permissions: { a: 'x'.repeat(10_001) } },
    { permissions: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`p${index}`, true])) },
    { permissions: {}, more: 1 },
  ])('400, and nothing is stored: %j', async (body) => {
    await send('put', rowOf('data-sets', '*'), body).expect(400);
    expect(await harness.database.servicePermission.count({ where: { service: 'data-sets' } })).toBe(0);
  });
});
