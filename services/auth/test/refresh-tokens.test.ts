import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import { email, rawRequests } from './raw-requests.ts';
import { later, openSignOn, type SignOn, tokensOf } from './single-sign-on.ts';

let signOn: SignOn;
const { ask, authenticated } = rawRequests(() => signOn);

beforeAll(async () => {
  signOn = await openSignOn();
  await signOn.person(email);
});

afterAll(() => signOn.close());

describe('refresh tokens', () => {
  const refresh = (configuration: client.Configuration, token: unknown, more: Record<string, string> = {}) =>
    ask(configuration, { grant_type: 'refresh_token', refresh_token: String(token), ...more });

  it('D13: an old one that comes again ends its whole family', async () => {
    const configuration = await signOn.client();
    const { tokens } = await tokensOf(configuration, signOn.browser(), { email });
    const second = await refresh(configuration, tokens.refresh_token);
    expect(second.status).toBe(200);
    expect((await refresh(configuration, tokens.refresh_token)).body.error).toBe('invalid_grant');
    expect((await refresh(configuration, second.body.refresh_token)).body.error).toBe('invalid_grant');
    await expect(
      client.fetchUserInfo(configuration, String(second.body.access_token), client.skipSubjectCheck),
    ).rejects.toThrow();
  });

  it('D13: of five that use one at the same moment exactly one gets tokens, and the family ends', async () => {
    const configuration = await signOn.client();
    const { tokens } = await tokensOf(configuration, signOn.browser(), { email });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => refresh(configuration, tokens.refresh_token)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
    expect((await refresh(configuration, tokens.refresh_token)).status).toBe(400);
    const won = answers.find(({ status }) => status === 200);
    expect((await refresh(configuration, won?.body.refresh_token)).status).toBe(400);
  });

  it('D13: get no wider scope, work for no other client, and not with another secret', async () => {
    const [configuration, other] = [await signOn.client(), await signOn.client()];
    const { tokens } = await tokensOf(configuration, signOn.browser(), { email, own: { scope: 'openid' } });
    expect((await refresh(configuration, tokens.refresh_token, { scope: 'openid email' })).body.error).toBe(
      'invalid_scope',
    );
    expect((await refresh(other, tokens.refresh_token)).body.error).toBe('invalid_grant');
    const wrong = await ask(
      configuration,
      { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) },
      { Authorization: authenticated(configuration, 'wrong') },
    );
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect((await refresh(configuration, tokens.refresh_token)).status).toBe(200);
  });

  it('D13: live two weeks unused and ninety days in all', async () => {
    const configuration = await signOn.client();
    const unused = await tokensOf(configuration, signOn.browser(), { email });
    await later(14 * 86_400 + 1, async () => {
      expect((await refresh(configuration, unused.tokens.refresh_token)).body.error).toBe('invalid_grant');
    });
    const used = await tokensOf(configuration, signOn.browser(), { email });
    let token: unknown = used.tokens.refresh_token;
    for (let day = 13; day < 90; day += 13) {
      await later(day * 86_400, async () => {
        const answer = await refresh(configuration, token);
        expect([day, answer.status]).toEqual([day, 200]);
        token = answer.body.refresh_token;
      });
    }
    await later(91 * 86_400, async () => {
      expect((await refresh(configuration, token)).body.error).toBe('invalid_grant');
    });
  });

  const endings: [string, (id: string, browser: ReturnType<SignOn['browser']>) => Promise<unknown>][] = [
    [
      'signs out',
      async (_id, browser) => {
        await browser.go('/auth/logout');
        await browser.submit();
      },
    ],
    [
      'is suspended',
      (id) =>
        signOn.admin('POST', `/admin/users/${id}/suspension`, {
          until: new Date(Date.now() + 86_400_000).toISOString(),
          reason: 'x',
        }),
    ],
    [
      'changes the password',
      async (_id, browser) => {
        const page = await browser.go('/auth/settings');
        const csrf = /name="csrf_token" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
        await browser.post('/auth/settings/password', {
          csrf_token: csrf,
          password: 'another long password',
        });
      },
    ],
    ['is deleted', async (id) => signOn.harness.stores.accounts.remove(id, { actor: id })],
    [
      'takes the consent back',
      async (id) => {
        const { entries } = await signOn.harness.stores.consents.list(id, { page: 1, per_page: 20 });
        for (const { clientId } of entries)
          await signOn.harness.stores.consents.revoke(id, clientId, { actor: id });
      },
    ],
    [
      'unlinks a way to sign in',
      async (id) => signOn.harness.database.identity.deleteMany({ where: { userId: id } }),
    ],
  ];

  it.each(endings)('D13: are dead when the person %s', async (name, end) => {
    const configuration = await signOn.client();
    const own = `${name.replaceAll(' ', '-')}@example.org`;
    const id = await signOn.person(own);
    const browser = signOn.browser();
    const { tokens } = await tokensOf(configuration, browser, { email: own });
    expect((await client.fetchUserInfo(configuration, tokens.access_token, id)).sub).toBe(id);
    await end(id, browser);
    expect((await refresh(configuration, tokens.refresh_token)).body.error).toBe('invalid_grant');
    await expect(client.fetchUserInfo(configuration, tokens.access_token, id)).rejects.toThrow();
  });
});
