import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { createMailer } from './mailer.ts';

const taken: { to: string[]; content: string }[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData: (stream, session, done) => {
    const to = session.envelope.rcptTo.map(({ address }) => address);
    text(stream).then((content) => {
      taken.push({ to, content });
      done();
    }, done);
  },
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

describe('the mailer', () => {
  it('hands a letter to a mail server, to exactly one person, whatever the address contains', async () => {
    // A listening TCP server has an AddressInfo.
    const { port } = server.server.address() as AddressInfo;
    const mailer = createMailer(`smtp://127.0.0.1:${port}`, 'Flyloft <flyloft@example.org>');
    await mailer.send(
      { to: 'person@example.org', subject: 'Set a new password', text: 'https://x/?link=1' },
      'letter-1',
    );
    expect(taken[0]?.to).toEqual(['person@example.org']);
    expect(taken[0]?.content).toMatch(
      /From: Flyloft <flyloft@example\.org>[\s\S]*Subject: Set a new password/,
    );
    expect(taken[0]?.content).toContain('Message-ID: <letter-1@flyloft>');
    const several = { to: 'a@example.org,b@example.org', subject: 'x', text: 'x' };
    await mailer.send(several, 'letter-2').catch(() => undefined);
    expect(taken.slice(1).flatMap(({ to }) => to).length).toBeLessThanOrEqual(1);
  });
});
