import { createTransport } from 'nodemailer';

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Sends mail; resolves when the server has taken it. */
export interface Mailer {
  readonly send: (letter: Letter) => Promise<void>;
}

const TIMEOUT_MILLISECONDS = 10_000;

export function createMailer(url: string, from: string): Mailer {
  const patience = { connectionTimeout: TIMEOUT_MILLISECONDS, socketTimeout: TIMEOUT_MILLISECONDS };
  const transport = createTransport({ url, ...patience }, { from });
  return {
    send: async ({ to, subject, text }) => {
      // An object, not a text: an address can then name one person only, whatever it contains.
      await transport.sendMail({ to: { name: '', address: to }, subject, text });
    },
  };
}
