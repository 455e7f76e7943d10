import { beforeAll, describe, expect, it } from '@jest/globals';
import { openBrowser } from './browser.ts';
import { accessTo, bearer, platform, send, unique } from './platform.ts';

const PASSWORD = 'correct horse battery';
const admin = bearer(platform.adminToken);

let uploads: string;

beforeAll(async () => {
  const group = unique('sso');
  const access = bearer((await accessTo('data-sets', platform.adminToken)).token);
  const created = await send('POST', '/data-sets', { data_group: group, data_type: 'x' }, access);
  expect(created.status).toBe(201);
  uploads = `/${created.json().name}/upload`;
});

/** Somebody with a password, and a role in the application of the upload pages. */
async function newUploader(role: string): Promise<string> {
  const email = `${unique('uploader')}@example.org`;
  const person = await send('POST', '/admin/users', { email, password: PASSWORD }, admin);
  const { id } = person.json();
  expect((await send('PUT', `/admin/apps/uploads/users/${id}`, { role }, admin)).status).toBe(200);
  return email;
}

describe('the upload pages', () => {
  it('let people in with their account at auth, by themselves after the first time', async () => {
    const email = await newUploader('user');
    const browser = openBrowser();
    expect((await browser.go(uploads)).address.pathname).toBe('/auth/login');
    const page = await browser.submit({ email, password: PASSWORD });
    expect([page.status, page.address.pathname]).toEqual([200, uploads]);
    expect(page.text).toContain('type="file"');
  });

  it('show nobody a form who has no role there', async () => {
    const email = await newUploader('no access');
    const browser = openBrowser();
    await browser.go(uploads);
    const page = await browser.submit({ email, password: PASSWORD });
    expect(page.status).toBe(403);
    expect(page.text).not.toContain('type="file"');
  });
});
