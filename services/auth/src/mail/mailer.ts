import { createTransport } from 'nodemailer';

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Sends mail; resolves when the server has taken it. */
export interface Mailer {
  /** `id`: the same for every attempt, so that a mailbox can tell a letter that it was handed twice. */
  readonly send: (letter: Letter, id: string) => Promise<void>;
}

/** For each step of the conversation. */
const TIMEOUT_MILLISECONDS = 10_000;

/** `url` as in `SMTP_URL`, with nodemailer's options as parameters: `?requireTLS=true`. */
export function createMailer(url: string, from: string, timeout = TIMEOUT_MILLISECONDS): Mailer {
  const patience = {
    ...{ connectionTimeout: timeout, greetingTimeout: timeout },
    ...{ socketTimeout: timeout, dnsTimeout: timeout },
  };
  const transport = createTransport({ url, ...patience }, { from });
  return {
    send: async ({ to, subject, text }, id) => {
      const messageId = `<${id}@flyloft>`;
      // An object, not a text: an address can then name one person only, whatever it contains.
      await transport.sendMail({ to: { name: '', address: to }, subject, text, messageId });
    },
  };
}
