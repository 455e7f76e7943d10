import { z } from 'zod';

const MAX_LENGTH = 300;

/** What nodemailer's errors say. */
const failure = z.object({
  message: z.string().default(''),
  code: z.string().default(''),
  command: z.string().default(''),
  /** The mail server's own words. */
  response: z.string().optional(),
});

const BY_CODE: Readonly<Record<string, string>> = {
  EAUTH: 'The mail server refuses the user or the password in SMTP_URL',
  EDNS: 'The host in SMTP_URL has no address: look at how it is spelt',
  ETIMEDOUT: 'The mail server did not answer in time: look at host and port in SMTP_URL, and at firewalls',
  ETLS: 'The connection to the mail server could not be encrypted: it offers no STARTTLS, or SMTP_URL wants smtps:// and its port',
};

function sentence({ code, command, message }: z.output<typeof failure>): string {
  if (/certificate/i.test(message)) {
    return 'The certificate of the mail server is not trusted: give the name that it is made out to in SMTP_URL, or add its authority with NODE_EXTRA_CA_CERTS';
  }
  if (/ECONNREFUSED/.test(message)) return 'Nothing listens at host and port of SMTP_URL';
  if (code === 'EENVELOPE') {
    return command.startsWith('MAIL')
      ? 'The mail server takes no mail from MAIL_FROM'
      : 'The mail server takes no mail to this address: it may not exist, or the user in SMTP_URL may not send to it';
  }
  return BY_CODE[code] ?? 'The mail server did not take the letter';
}

/** Why a letter was not taken, and what can be done about it, for administrators. */
export function mailAdvice(error: unknown): string {
  const parsed = failure.safeParse(error);
  const found = parsed.success ? parsed.data : failure.parse({ message: String(error) });
  const said = (found.response ?? found.message).replaceAll(/\s+/g, ' ').slice(0, MAX_LENGTH);
  return `${sentence(found)} (${said})`;
}
