import type { AccountStore } from '../accounts/account-store.ts';
import type { Letter } from '../mail/mailer.ts';
import { normalizeEmail } from '../users/email.ts';
import { createOneTimeLink } from './one-time-link.ts';

/**
 * Somebody asked for a new password. Whether there is such an account is looked up when nobody waits for the answer
 * any more, so neither the answer nor its time tells (auth.md D20).
 */
export interface RecoveryWish {
  /** The address as it was given. */
  readonly recover: string;
  readonly requestId: string;
}

/** The letter with a new link; undefined where nobody has an account with this address. */
export async function writeRecoveryLetter(
  {
    accounts,
    origin,
    now,
  }: {
    readonly accounts: Pick<AccountStore, 'findLocal' | 'createLink'>;
    readonly origin: string;
    readonly now: () => Date;
  },
  { recover: to, requestId }: RecoveryWish,
): Promise<Letter | undefined> {
  const account = await accounts.findLocal(normalizeEmail(to));
  if (account === undefined) return undefined;
  const { url, link } = createOneTimeLink('recovery', origin, now(), to);
  await accounts.createLink(account.userId, link, { actor: null, requestId });
  const text = `Somebody, you we hope, asked for a new password at ${origin}.\n\nSet it here within a day:\n${url}\n\nIf it was not you, do nothing: nothing has changed.\n`;
  return { to, subject: 'Set a new password', text };
}
