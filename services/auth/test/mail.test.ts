import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLogger } from '@flyloft/service-kit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import request from 'supertest';
import { createSecretBox } from '../src/keys/secret-box.ts';
import { writeRecoveryLetter } from '../src/links/recovery-wish.ts';
import { createMailer } from '../src/mail/mailer.ts';
import { keepLetters, sendLetters } from '../src/mail/outbox.ts';
import { createSession } from '../src/sessions/session.ts';
import { createBrowser } from './browser.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

const PASSWORD = 'correct horse battery';
const FROM = 'Flyloft <flyloft@example.org>';
const box = createSecretBox('the secret of this test, which nobody else has', 'letters');
const ended: (() => Promise<unknown>)[] = [];

let harness: Harness;
let app: Express;

beforeAll(async () => {
  harness = await openHarness({ realTime: true });
  const sendMail = keepLetters(harness.stores.letters, box);
  app = harness.openApp({ signIn: { selfRegistration: true, sendMail } });
});
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
  await harness.database.letter.deleteMany();
});
afterAll(() => harness.close());

interface Arrived {
  readonly to: string[];
  readonly content: string;
}

// a listening TCP server has an AddressInfo
const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** A mail server on this machine, and what it has taken. */
async function mailServer(options: SMTPServerOptions = {}) {
  const arrived: Arrived[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      text(stream).then((content) => {
        // quoted-printable: the links are longer than a line of mail
        const plain = content.replaceAll('=\r\n', '').replaceAll('=3D', '=');
        arrived.push({ to: session.envelope.rcptTo.map(({ address }) => address), content: plain });
        done();
      }, done);
    },
    ...options,
  });
  // a client that breaks off is what some of these tests are about
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  ended.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { arrived, port: portOf(server.server) };
}

const send = (url: string) =>
  sendLetters({
    letters: harness.stores.letters,
    box,
    mailer: createMailer(url, FROM, 500),
    writeRecovery: (wish) =>
      writeRecoveryLetter({ accounts: harness.stores.accounts, origin: ORIGIN, now: () => new Date() }, wish),
    logger: createLogger('auth', 'silent'),
  });
const linkIn = (letter: Arrived | undefined) =>
  /https?:\S+\?link=[\w-]+/.exec(letter?.content ?? '')?.[0] ?? '';
const letter = (to: string) =>
  keepLetters(harness.stores.letters, box)({ to, subject: 'Hello', text: 'Hello' });
const asDue = () => harness.database.letter.updateMany({ data: { dueAt: new Date(0) } });
const admin = (path: string, body: object) =>
  request(app).post(path).set('Authorization', `Bearer ${harness.adminToken}`).send(body);

describe('letters', () => {
  it('invite, recover and verify: each arrives by SMTP, and its link does what it says', async () => {
    const { arrived, port } = await mailServer();
    const browser = createBrowser(app);
    const { body } = await admin('/admin/users', { email: 'ada@example.org', invite: true }).expect(201);
    expect(body.recovery_url).toBeNull();
    await send(`smtp://127.0.0.1:${port}`);
    expect(arrived[0]?.to).toEqual(['ada@example.org']);
    expect(arrived[0]?.content).toMatch(/Subject: Your account[\s\S]*An account for you was made at/);
    await browser.get(linkIn(arrived[0]));
    expect((await browser.submit('/auth/recovery', { password: PASSWORD })).status).toBe(303);

    await browser.get('/auth/recovery');
    await browser.submit('/auth/recovery', { email: 'ada@example.org' });
    await send(`smtp://127.0.0.1:${port}`);
    expect(arrived[1]?.content).toMatch(/Subject: Set a new password[\s\S]*asked for a new password/);
    await browser.get(linkIn(arrived[1]));
    expect((await browser.submit('/auth/recovery', { password: `${PASSWORD} 2` })).status).toBe(303);
    await browser.get('/auth/login');
    const signedIn = await browser.submit('/auth/login', {
      email: 'ada@example.org',
      password: `${PASSWORD} 2`,
    });
    expect(signedIn.status).toBe(303);

    await browser.get('/auth/register');
    const account = { email: 'bob@example.org', name: 'Bob', password: PASSWORD };
    expect((await browser.submit('/auth/register', account)).status).toBe(303);
    await send(`smtp://127.0.0.1:${port}`);
    expect(arrived[2]?.content).toMatch(/Subject: Confirm your e-mail address/);
    await browser.get(linkIn(arrived[2]));
    expect((await browser.submit('/auth/verify', {})).text).toContain('The address is verified');
    expect(await harness.database.letter.count()).toBe(0);
  });

  it('D21: stand encrypted in the database, as the links in them do nowhere in plain', async () => {
    await admin('/admin/users', { email: 'sealed@example.org', invite: true }).expect(201);
    const rows = await harness.database.$queryRaw<{ row: string }[]>`
      SELECT letters::text || encode(sealed_letter, 'escape') AS row FROM auth.letters`;
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(/sealed@example|link=/);
  });

  it('are not lost while the mail server is away, and go once it is there, each one time', async () => {
    await letter('patient@example.org');
    const away = createServer().listen(0, '127.0.0.1');
    await once(away, 'listening');
    const port = portOf(away);
    away.close();
    await once(away, 'close');
    expect(await send(`smtp://127.0.0.1:${port}`)).toBe(1);
    // not before a minute has passed
    expect(await send(`smtp://127.0.0.1:${port}`)).toBe(0);
    expect((await harness.stores.letters.trouble())?.reason).toMatch(
      /^Nothing listens at host and port of SMTP_URL/,
    );
    await asDue();
    const there = await mailServer();
    // several replicas at once
    await Promise.all([1, 2, 3].map(() => send(`smtp://127.0.0.1:${there.port}`)));
    expect(there.arrived.map(({ to }) => to)).toEqual([['patient@example.org']]);
    expect(await harness.stores.letters.trouble()).toBeUndefined();
  });

  it('for a new password are written once, however often they are tried, and for nobody who has no account', async () => {
    await admin('/admin/users', { email: 'lost@example.org', password: PASSWORD }).expect(201);
    const browser = createBrowser(app);
    for (const email of ['lost@example.org', 'nobody-here@example.org']) {
      await browser.get('/auth/recovery');
      expect((await browser.submit('/auth/recovery', { email })).status).toBe(200);
    }
    // nobody has looked yet whether there is such an account
    expect(await harness.database.oneTimeLink.count({ where: { email: 'lost@example.org' } })).toBe(0);
    expect(await harness.database.letter.count()).toBe(2);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await send('smtp://127.0.0.1:1');
      await asDue();
    }
    const { arrived, port } = await mailServer();
    await send(`smtp://127.0.0.1:${port}`);
    expect(arrived.map(({ to }) => to)).toEqual([['lost@example.org']]);
    expect(await harness.database.oneTimeLink.count({ where: { email: 'lost@example.org' } })).toBe(1);
    await browser.get(linkIn(arrived[0]));
    expect((await browser.submit('/auth/recovery', { password: `${PASSWORD} 3` })).status).toBe(303);
  });

  it('that one address is refused hold up no other', async () => {
    const { arrived, port } = await mailServer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('nobody') ? new Error('No such mailbox') : null),
    });
    await letter('nobody@example.org');
    await letter('somebody@example.org');
    await send(`smtp://127.0.0.1:${port}`);
    expect(arrived.map(({ to }) => to)).toEqual([['somebody@example.org']]);
    expect(await harness.stores.letters.trouble()).toEqual({
      letters: 1,
      reason: expect.stringMatching(/takes no mail to this address: .*No such mailbox/),
    });
  });

  it('are given up with the link in them, after a day', async () => {
    await letter('late@example.org');
    await harness.database.letter.updateMany({ data: { expiresAt: new Date(0) } });
    const { arrived, port } = await mailServer();
    expect(await send(`smtp://127.0.0.1:${port}`)).toBe(0);
    expect([arrived.length, await harness.database.letter.count()]).toEqual([0, 0]);
  });
});

describe('what an administrator is told', () => {
  /** A listener that takes connections and says nothing. */
  async function silence(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    ended.push(() => new Promise((resolve) => server.close(resolve)));
    server.on('connection', (socket) => ended.unshift(async () => socket.destroy()));
    return portOf(server);
  }
  const refuse = (message: string) => new Error(message);
  const cases: [string, () => Promise<string>, RegExp][] = [
    [
      'a wrong password',
      async () => {
        const onAuth: SMTPServerOptions['onAuth'] = (_auth, _session, done) => done(refuse('Wrong password'));
        const { port } = await mailServer({ authOptional: false, allowInsecureAuth: true, onAuth });
        return `smtp://user:secret-password@127.0.0.1:${port}`;
      },
      /refuses the user or the password in SMTP_URL/,
    ],
    [
      'a sender that may not send',
      async () => {
        const { port } = await mailServer({
          onMailFrom: (_address, _session, done) => done(refuse('Not from you')),
        });
        return `smtp://127.0.0.1:${port}`;
      },
      /takes no mail from MAIL_FROM .*Not from you/,
    ],
    [
      'a server that offers no STARTTLS where it is required',
      async () => `smtp://127.0.0.1:${(await mailServer()).port}?requireTLS=true`,
      /could not be encrypted: it offers no STARTTLS/,
    ],
    [
      'a certificate that nobody vouches for',
      // smtp-server brings one that it signed itself
      async () => `smtp://127.0.0.1:${(await mailServer({ disabledCommands: [] })).port}`,
      /certificate of the mail server is not trusted/,
    ],
    [
      'a server that says nothing',
      async () => `smtp://127.0.0.1:${await silence()}`,
      /did not answer in time/,
    ],
    [
      'a host without an address',
      async () => 'smtp://mail.invalid:25',
      /has no address|did not answer in time/,
    ],
  ];

  it.each(cases)(
    'of %s: what to do, without the password; the letter waits',
    async (_what, open, expected) => {
      await letter('person@example.org');
      await send(await open());
      const trouble = await harness.stores.letters.trouble();
      expect(trouble?.reason).toMatch(expected);
      expect(trouble?.reason).not.toContain('secret-password');
      expect(await harness.database.letter.count()).toBe(1);
    },
  );

  it('stands on the first page of administration while letters wait', async () => {
    const { userId } = await harness.database.userRole.findFirstOrThrow({ where: { role: 'admin' } });
    const { session, cookie } = createSession(new Date());
    await harness.database.session.create({ data: { ...session, userId } });
    const browser = createBrowser(app);
    browser.cookies.set('flyloft_session', cookie);
    expect((await browser.get('/admin')).text).not.toContain('to be sent');
    await letter('person@example.org');
    await send('smtp://127.0.0.1:1');
    expect((await browser.get('/admin')).text).toContain('A letter waits to be sent. Nothing listens');
  });
});
