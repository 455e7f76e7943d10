import { problem } from '@flyloft/common';
import type { Letter } from '../mail/mailer.ts';
import { createOneTimeLink, type NewLink } from './one-time-link.ts';

export interface RecoveryDependencies {
  readonly origin: string;
  readonly now: () => Date;
  readonly sendMail: ((letter: Letter) => Promise<void>) | undefined;
}

/** A link by which a person sets a password: handed on by an administrator, or mailed. */
export interface RecoveryLink {
  /** To be stored first. */
  readonly link: NewLink;
  /** Null for a link that is mailed: it proves the address, so nobody else may see it. */
  readonly url: string | null;
  /** Mails it, where it is to be mailed; resolves when the letter cannot be lost any more. */
  readonly mail: () => Promise<void>;
}

const LETTERS = {
  invitation: {
    subject: 'Your account',
    begins: (origin: string) => `An account for you was made at ${origin}. Choose a password for it`,
  },
  recovery: {
    subject: 'Set a new password',
    begins: (origin: string) =>
      `An administrator of ${origin} sends you this link to set a new password. Set it here`,
  },
} as const;

type Occasion = keyof typeof LETTERS;

/**
 * Prepares the letter that a link goes into.
 * @throws {ProblemError} 409 where no mail is sent, or the person has no address.
 */
export function letterOf(
  { origin, sendMail }: Pick<RecoveryDependencies, 'origin' | 'sendMail'>,
  email: string | null,
  occasion: Occasion,
): (url: string) => Promise<void> {
  if (email === null) throw problem('conflict', 'This person has no e-mail address');
  if (sendMail === undefined) {
    throw problem('conflict', 'This installation sends no mail: hand the link on yourself, or set SMTP_URL');
  }
  const { subject, begins } = LETTERS[occasion];
  return (url) => {
    const text = `${begins(origin)} within a day:\n${url}\n\nIf you expected nothing of the kind, do nothing.\n`;
    return sendMail({ to: email, subject, text });
  };
}

/** For an administrator to hand on: good for seven days. */
export function linkToHandOn({ origin, now }: Pick<RecoveryDependencies, 'origin' | 'now'>): RecoveryLink {
  return { ...createOneTimeLink('recovery', origin, now()), mail: async () => undefined };
}

/**
 * For the person's own mailbox: good for a day.
 * @throws {ProblemError} 409 where no mail is sent, or the person has no address.
 */
export function linkToMail(
  { origin, now, sendMail }: RecoveryDependencies,
  email: string | null,
  occasion: Occasion,
): RecoveryLink {
  const mail = letterOf({ origin, sendMail }, email, occasion);
  const { url, link } = createOneTimeLink('recovery', origin, now(), email ?? '');
  return { link, url: null, mail: () => mail(url) };
}
