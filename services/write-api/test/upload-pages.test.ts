import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DataSets } from '@flyloft/data-sets';
import { createTestProvider, type TestProvider } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mayUpload } from '../src/sign-in/may-upload.ts';
import { createSignInProvider } from '../src/sign-in/provider.ts';
import { createSealedCookies } from '../src/sign-in/sealed-cookies.ts';
import { createSignIn } from '../src/sign-in/sign-in.ts';
import { type App, appWith, createDataSet, ENGINES } from './harness.ts';

/** A browser without scripts: cookies by origin, redirects followed by hand. */
function createBrowser() {
  const jars = new Map<string, Map<string, string>>();
  const visit = async (address: string | URL, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(address);
    const jar = jars.get(url.origin) ?? new Map<string, string>();
    jars.set(url.origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      if (/max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, pair.slice(name.length + 1));
    }
    return answer;
  };
  const follow = async (address: string | URL): Promise<{ url: URL; answer: Response; hops: URL[] }> => {
    const hops: URL[] = [];
    for (let url = new URL(address); ; ) {
      const answer = await visit(url);
      const location = answer.headers.get('location');
      if (location === null) return { url, answer, hops };
      url = new URL(location, url);
      hops.push(url);
    }
  };
  return { visit, follow, cookies: (origin: string) => jars.get(origin) };
}

const CSRF = /name="csrf" value="([^"]+)"/;
const engine = ENGINES[0];
if (engine === undefined) throw new Error('no engine');

describe('the upload pages', () => {
  let running: { readonly dataSets: DataSets; readonly stop: () => Promise<void> };
  let provider: TestProvider;
  let server: Server;
  let app: App;
  let origin: string;

  beforeAll(async () => {
    running = await engine.start();
    server = createServer((req, res) => app(req, res));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    provider = await createTestProvider({ redirectUris: [`${origin}/_user/authorized`] });
    app = appWith(running.dataSets, { signIn: signInWith(provider.issuer) });
  });
  afterAll(async () => {
    await provider.close();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    await running.stop();
  });

  function signInWith(issuer: string) {
    return createSignIn({
      origin,
      cookies: createSealedCookies({ key: 'k'.repeat(32), isSecure: false }),
      provider: createSignInProvider({
        ...{ issuer: new URL(issuer), clientId: provider.clientId, clientSecret: undefined },
        ...{ redirectUri: `${origin}/_user/authorized`, scope: 'openid profile' },
        rule: { claim: 'permissions', value: 'write' },
      }),
    });
  }

  const signedIn = async (name: string) => {
    provider.setPerson({ name: 'Ada <b>', permissions: ['write'] });
    const browser = createBrowser();
    const { answer, url, hops } = await browser.follow(`${origin}/${name}/upload`);
    return { browser, page: await answer.text(), answer, url, hops };
  };
  const form = (fields: Record<string, string>, file?: string, filename = 'records.csv') => {
    const body = new FormData();
    for (const [key, value] of Object.entries(fields)) body.set(key, value);
    if (file !== undefined) body.set('file', new Blob([file], { type: 'text/csv' }), filename);
    return { method: 'POST', body };
  };

  it('send a stranger to sign in, with PKCE, state and nonce, and back to the page', async () => {
    const dataSet = await createDataSet(app);
    const { page, answer, url, hops } = await signedIn(dataSet.name);
    expect(hops[0]?.pathname).toBe('/_user/sign_in');
    const asked = hops[1];
    expect(asked?.origin).toBe(provider.issuer);
    const { searchParams } = asked ?? new URL(origin);
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    for (const name of ['state', 'nonce', 'code_challenge']) expect(searchParams.get(name)).toMatch(/.{20}/);
    expect([answer.status, url.pathname]).toEqual([200, `/${dataSet.name}/upload`]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(page).toContain('<html lang="en">');
    expect(page).toContain('<label for="file">');
    expect(page).toContain('Signed in as Ada &lt;b&gt;.');
  });

  it('check a file without storing it, then store it, showing its first rows', async () => {
    const dataSet = await createDataSet(app);
    const { browser, page } = await signedIn(dataSet.name);
    const csrf = CSRF.exec(page)?.[1] ?? '';
    const file = `_timestamp,dept,nn\n${Array.from({ length: 12 }, (_, nn) => `2014-01-06,<i>,${nn}`).join('\n')}\n`;
    const address = `${origin}/${dataSet.name}/upload`;
    const checked = await browser.visit(address, form({ csrf, action: 'check' }, file));
    expect(checked.status).toBe(200);
    expect(await checked.text()).toContain('has no faults');
    const found = await running.dataSets.catalogue.findByName(dataSet.name);
    if (found === undefined) throw new Error('not created');
    const everything = { filters: [], inclusive: false, limit: 100 };
    expect(await running.dataSets.store.find(found, everything)).toEqual([]);
    const stored = await (await browser.visit(address, form({ csrf, action: 'store' }, file))).text();
    expect(stored).toContain('was stored');
    expect(stored).toContain('<th scope="col">dept</th>');
    expect(stored).toContain('The first 10 records');
    expect(stored).toContain('<td>&lt;i&gt;</td>');
    expect(await running.dataSets.store.find(found, everything)).toHaveLength(12);
  });

  it('400: list the faults of a file with their rows, and store nothing', async () => {
    const dataSet = await createDataSet(app);
    const { browser, page } = await signedIn(dataSet.name);
    const csrf = CSRF.exec(page)?.[1] ?? '';
    const address = `${origin}/${dataSet.name}/upload`;
    const send = async (file: string, filename?: string) => {
      const answer = await browser.visit(address, form({ csrf }, file, filename));
      return { status: answer.status, text: await answer.text() };
    };
    const bad = await send('_timestamp,nn\n2014-01-06,1\nyesterday,2\n');
    expect(bad.status).toBe(400);
    expect(bad.text).toContain('nothing was stored');
    expect(bad.text).toContain('Row 3: the _timestamp must be a date in the format yyyy-MM-ddT00:00:00Z');
    expect(bad.text).toContain('role="alert"');
    expect((await send('')).text).toContain('received zero bytes');
    expect((await send('{', 'x.json')).status).toBe(400);
    expect((await browser.visit(address, form({ csrf }))).status).toBe(400);
  });

  it('403: refuse a form of another site, and a person who may not upload', async () => {
    const dataSet = await createDataSet(app);
    const { browser } = await signedIn(dataSet.name);
    const address = `${origin}/${dataSet.name}/upload`;
    for (const fields of [{}, { csrf: 'guess' }]) {
      const answer = await browser.visit(address, form(fields, 'nn\n1\n'));
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain('open the page again');
    }
    provider.setPerson({ name: 'Eve', permissions: ['read'] });
    const { answer } = await createBrowser().follow(address);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('you may not upload');
  });

  it('403, 400 and 503: tell a refused, a forged, a late and an impossible sign-in', async () => {
    const dataSet = await createDataSet(app);
    provider.setPerson(undefined);
    const refused = await createBrowser().follow(`${origin}/${dataSet.name}/upload`);
    expect(refused.answer.status).toBe(403);
    provider.setPerson({ permissions: ['write'] });
    const browser = createBrowser();
    await browser.visit(`${origin}/_user/sign_in`);
    expect((await browser.visit(`${origin}/_user/authorized?code=x&state=y`)).status).toBe(400);
    // The transaction is used up.
    const late = await browser.visit(`${origin}/_user/authorized?code=x&state=y`);
    expect(await late.text()).toContain('took too long');
    const away = appWith(running.dataSets, { signIn: signInWith('http://127.0.0.1:1') });
    const before = app;
    app = away;
    expect((await createBrowser().visit(`${origin}/_user/sign_in`)).status).toBe(503);
    app = before;
  });

  it('404: know only data sets that are there, and nothing without a provider', async () => {
    expect((await signedIn('not_there')).answer.status).toBe(404);
    const before = app;
    app = appWith(running.dataSets);
    expect((await createBrowser().visit(`${origin}/_user/sign_in`)).status).toBe(404);
    app = before;
  });

  it('send nobody to another site', async () => {
    const addresses = [
      'https://evil.test/x/upload',
      '//evil.test/upload',
      '/\\evil.test/upload',
      '/a/upload?x',
    ];
    provider.setPerson({ permissions: ['write'] });
    for (const next of addresses) {
      const { url, answer } = await createBrowser().follow(
        `${origin}/_user/sign_in?next=${encodeURIComponent(next)}`,
      );
      expect([url.href, answer.status]).toEqual([`${origin}/_user/authorized`, 200]);
    }
  });

  it('forget a person who signs out; cookies cannot be made or changed by others', async () => {
    const dataSet = await createDataSet(app);
    const { browser } = await signedIn(dataSet.name);
    const cookies = browser.cookies(origin);
    expect([...(cookies?.keys() ?? [])]).toEqual(['flyloft_upload']);
    const value = cookies?.get('flyloft_upload') ?? '';
    cookies?.set('flyloft_upload', `${value.slice(0, -3)}abc`);
    const page = `${origin}/${dataSet.name}/upload`;
    expect((await browser.visit(page)).status).toBe(302);
    cookies?.set('flyloft_upload', value);
    expect((await browser.visit(page)).status).toBe(200);
    const goodbye = await browser.visit(`${origin}/_user/sign_out`);
    expect([goodbye.status, await goodbye.text()]).toEqual([
      200,
      expect.stringMatching(/href="http[^"]+client_id=[^"]+">Sign out there as well/),
    ]);
    expect((await browser.visit(page)).status).toBe(302);
  });
});

describe('the claim that lets people upload', () => {
  it.each([
    [{ permissions: ['read', 'write'] }, true],
    [{ permissions: 'read write' }, true],
    [{ permissions: { write: true } }, true],
    [{ permissions: ['writer'] }, false],
    [{ permissions: 'writer' }, false],
    [{ permissions: { write: 'true' } }, false],
    [{ permissions: null }, false],
    [{}, false],
  ])('%j: %s', (claims, expected) => {
    expect(mayUpload(claims, { claim: 'permissions', value: 'write' })).toBe(expected);
  });
});
