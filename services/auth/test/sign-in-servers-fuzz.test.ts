import { fuzzService, serveHttp, type TestHttpServer } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHydraClient } from '../src/hydra/hydra-client.ts';
import { createBrowser, type TestBrowser } from './browser.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';
import { HOOK_KEY, loginPath } from './hydra/hydra-harness.ts';
import { createHydraStub, type HydraStub } from './hydra/stub.ts';
import { atKratos, kratosModeOf } from './kratos/kratos-harness.ts';
import { createKratosStub, type KratosStub } from './kratos/stub.ts';

/** Each answers some requests of Hydra's, and each may sign out by one. */
const PEOPLE = 12;
const CHALLENGES = 60;

let hydra: HydraStub;
let kratos: KratosStub;
let harness: Harness;
let server: TestHttpServer;
let origin: string;

beforeAll(async () => {
  [hydra, kratos] = await Promise.all([createHydraStub(ORIGIN), createKratosStub(ORIGIN)]);
  harness = await openHarness({
    realTime: true,
    hydra: {
      hydra: createHydraClient({ adminUrl: hydra.adminUrl, timeoutMilliseconds: 1_000 }),
      ...{ publicOrigin: hydra.publicUrl, requestSeconds: 1_800, allowUnknownApps: true, hookKey: HOOK_KEY },
    },
    kratos: kratosModeOf(kratos),
  });
  server = await serveHttp(harness.app);
  ({ origin } = server);
});

afterAll(async () => {
  await server.close();
  await harness.close();
  await Promise.all([hydra.close(), kratos.close()]);
});

/** Somebody who is signed in at Kratos, by their browser. */
async function newPerson(index: number): Promise<{ browser: TestBrowser; id: string }> {
  const email = `person${index}@example.org`;
  const session = kratos.signIn(kratos.add({ traits: { email }, verified: true }));
  const browser = createBrowser(harness.app);
  browser.cookies.set(kratosModeOf(kratos).sessionCookie, session.secret);
  const { body } = await browser.get('/auth/check');
  return { browser, id: body.profile.uuid };
}

const cookiesOf = ({ cookies }: TestBrowser) =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');

/** What that browser sends with the forms of our pages. */
async function headersOf(browser: TestBrowser): Promise<Record<string, string>> {
  const { headers } = await browser.get('/auth/me');
  return {
    ...{ Cookie: cookiesOf(browser), 'Sec-Fetch-Site': 'same-origin' },
    'X-CSRF-Token': headers['x-csrf-token'] ?? '',
  };
}

/** Flows that Kratos has begun for a browser, by their ids. */
async function flowsOf(browser: TestBrowser): Promise<string[]> {
  for (const kind of ['login', 'registration', 'recovery', 'verification', 'settings']) {
    const back = encodeURIComponent(`${ORIGIN}/auth/login`);
    await atKratos(browser, `${kratos.publicUrl}/self-service/${kind}/browser?return_to=${back}`);
  }
  return [...kratos.flows.keys()];
}

it('the pages for Hydra and Kratos answer as the document says, to good, odd and hostile requests alike, and none is a 5xx', async () => {
  const people = [];
  for (let index = 0; index < PEOPLE; index += 1) people.push(await newPerson(index));
  const subjects = people.map(({ id }) => id);
  const many = (stage: 'login' | 'consent' | 'logout') =>
    Array.from({ length: CHALLENGES }, (_, index) =>
      hydra.challenge(stage, { subject: subjects[index % PEOPLE] }),
    );
  hydra.clients.set('wiki', { client_id: 'wiki' });
  const [consents, logouts, logins] = [many('consent'), many('logout'), many('login')];
  // a reference that names a challenge stands in our own addresses from the first page on
  const stranger = createBrowser(harness.app);
  const resumes = [];
  for (const challenge of many('login').slice(0, 10)) {
    const { headers } = await stranger.get(loginPath(challenge));
    const next = new URL(headers.location ?? '/', ORIGIN).searchParams.get('next') ?? '/';
    resumes.push(new URL(next, ORIGIN).searchParams.get('resume') ?? '');
  }
  const credentials = [];
  for (const { browser } of people) credentials.push(await headersOf(browser));
  const asked = { client_id: 'wiki', granted_scopes: ['openid'] };
  const { neverSucceeded } = await fuzzService({
    only: / \/(hydra|auth\/kratos)\//,
    requests: 800,
    origin,
    parameters: {
      login_challenge: logins,
      consent_challenge: consents,
      logout_challenge: logouts,
      resume: resumes,
      flow: await flowsOf(stranger),
      next: ['/auth/settings', 'https://evil.example/'],
    },
    credentials: [
      ...credentials,
      { Cookie: cookiesOf(stranger), 'Sec-Fetch-Site': 'same-origin' },
      { Authorization: `Bearer ${HOOK_KEY}` },
    ],
    anew: async () => ({ credentials: [{ Authorization: `Bearer ${HOOK_KEY}` }, await headersOf(stranger)] }),
    fields: {
      session: [{ id_token: { subject: subjects[0] } }],
      consent_challenge: consents,
      logout_challenge: logouts,
      resume: resumes,
      subject: subjects,
      request: [asked, { ...asked, grant_types: ['client_credentials'] }],
      requester: [asked],
    },
  });
  // The page of errors is one; the form of a local account is where Kratos signs nobody in.
  expect(neverSucceeded).toEqual(['POST /hydra/login', 'GET /auth/kratos/error']);
});
