import request from 'supertest';
import type { Harness } from './harness.ts';

type Method = 'get' | 'post' | 'put' | 'delete' | 'patch';

/** Requests to an app of the harness, by default as its administrator. */
export function sender(harness: Harness) {
  return (method: Method, path: string, body?: object, token = harness.adminToken) => {
    const sent = request(harness.app)[method](path).set('Authorization', `Bearer ${token}`);
    return body === undefined ? sent : sent.send(body);
  };
}

export interface TestPerson {
  readonly id: string;
  readonly userid: string;
  readonly token: string;
}

let count = 0;

/** A person with these roles, and a user token of a living session. */
export async function makePerson(harness: Harness, ...roles: string[]): Promise<TestPerson> {
  const send = sender(harness);
  count += 1;
  const { body } = await send('post', '/admin/users', { email: `member${count}@example.org` }).expect(201);
  await send('put', `/admin/users/${body.id}/roles`, { roles }).expect(200);
  // what the roles brought into the inbox
  await harness.database.notification.deleteMany({ where: { userId: body.id } });
  const { token } = await harness.userTokenFor(body.id);
  return { id: String(body.id), userid: String(body.idhash), token };
}
