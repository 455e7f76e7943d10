import type { AppOptions } from '@flyloft/service-kit';
import type { AccountStore } from '../accounts/account-store.ts';
import type { Configuration } from '../config.ts';
import { type RecoveryWish, writeRecoveryLetter } from '../links/recovery-wish.ts';
import { createMailer, type Letter } from './mailer.ts';
import { keepLetters, type LetterStore, letterBox, sendLetters } from './outbox.ts';

export interface Mail {
  readonly keep: (post: Letter | RecoveryWish) => Promise<void>;
  /** Sends what is due. */
  readonly send: () => Promise<unknown>;
  /** @throws {Error} while letters were refused and wait. */
  readonly check: () => Promise<void>;
}

/** Mail goes out in its own time: nobody waits for the mail server, nor can tell by the time whether it was asked. */
export function configuredMail(
  config: Configuration,
  { letters, accounts }: { readonly letters: LetterStore; readonly accounts: AccountStore },
  logger: AppOptions['logger'],
): Mail | undefined {
  if (config.SMTP_URL === undefined) return undefined;
  const from = config.MAIL_FROM ?? `Flyloft <flyloft@${new URL(config.EXTERNAL_ADDRESS).hostname}>`;
  const mailer = createMailer(config.SMTP_URL, from);
  const box = letterBox(config.KEY_ENCRYPTION_KEY);
  const writing = { accounts, origin: config.EXTERNAL_ADDRESS, now: () => new Date() };
  const writeRecovery = (wish: RecoveryWish) => writeRecoveryLetter(writing, wish);
  return {
    keep: keepLetters(letters, box),
    send: () => sendLetters({ letters, box, mailer, writeRecovery, logger }),
    check: async () => {
      const trouble = await letters.trouble();
      if (trouble) throw new Error(trouble.reason);
    },
  };
}
