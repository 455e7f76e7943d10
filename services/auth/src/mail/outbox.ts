import { randomUUID } from 'node:crypto';
import type { AppOptions } from '@flyloft/service-kit';
import { z } from 'zod';
import { createSecretBox, type SecretBox } from '../keys/secret-box.ts';
import type { RecoveryWish } from '../links/recovery-wish.ts';
import { mailAdvice } from './mail-advice.ts';
import type { Letter, Mailer } from './mailer.ts';

/** A letter that waits. It holds a one-time link, of which the database has the hash alone: it is encrypted. */
export interface SealedLetter {
  readonly id: string;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

/** How mail goes, as administrators are told. */
export interface MailTrouble {
  /** Letters that were refused and are tried again. */
  readonly letters: number;
  /** What came of the latest attempt. */
  readonly reason: string;
}

export interface LetterStore {
  readonly add: (letter: SealedLetter) => Promise<void>;
  /** Some that are due; no other replica takes them within the next minute. */
  readonly takeDue: () => Promise<(SealedLetter & { readonly attempts: number })[]>;
  /** Puts a letter in the place of the wish for it. */
  readonly write: (letter: SealedLetter) => Promise<void>;
  readonly settle: (id: string) => Promise<void>;
  readonly fail: (id: string, reason: string) => Promise<void>;
  /** Gives up those whose link has expired; answers how many. */
  readonly giveUp: () => Promise<number>;
  readonly trouble: () => Promise<MailTrouble | undefined>;
}

const postSchema = z.union([
  z.object({ to: z.string(), subject: z.string(), text: z.string() }),
  z.object({ recover: z.string(), requestId: z.string() }),
]);

const seal = (box: SecretBox, id: string, post: Letter | RecoveryWish): SealedLetter => ({
  id,
  sealed: box.seal(Buffer.from(JSON.stringify(post)), id),
});

/** What seals the letters that wait: the same for all who write them. */
export const letterBox = (secret: string): SecretBox => createSecretBox(secret, 'letters');

/** Keeps a letter until the mail server has taken it: resolves when it is safe in the database. */
export function keepLetters(
  letters: LetterStore,
  box: SecretBox,
): (post: Letter | RecoveryWish) => Promise<void> {
  return (post) => letters.add(seal(box, randomUUID(), post));
}

export interface MailSender {
  readonly letters: LetterStore;
  readonly box: SecretBox;
  readonly mailer: Mailer;
  /** Undefined where nothing is to be sent. */
  readonly writeRecovery: (wish: RecoveryWish) => Promise<Letter | undefined>;
  readonly logger: AppOptions['logger'];
}

/** Hands the letters that are due to the mail server, each for itself. Answers how many they were. */
export async function sendLetters(sender: MailSender): Promise<number> {
  const { letters, box, mailer, logger } = sender;
  const due = await letters.takeDue();
  const letterOf = async ({ id, sealed }: SealedLetter): Promise<Letter | undefined> => {
    const post = postSchema.parse(JSON.parse(Buffer.from(box.open(sealed, id)).toString()));
    if (!('recover' in post)) return post;
    const letter = await sender.writeRecovery(post);
    // What is tried again is this letter, not one with a further link.
    if (letter !== undefined) await letters.write(seal(box, id, letter));
    return letter;
  };
  const deliver = async ({ attempts, ...one }: (typeof due)[number]) => {
    const { id } = one;
    try {
      const letter = await letterOf(one);
      if (letter !== undefined) await mailer.send(letter, id);
    } catch (error) {
      const reason = mailAdvice(error);
      logger.warn({ letter: id, attempts, reason }, 'a letter was not taken; it is sent again later');
      return letters.fail(id, reason);
    }
    await letters.settle(id);
  };
  await Promise.all(due.map(deliver));
  const lost = await letters.giveUp();
  if (lost > 0) logger.error({ letters: lost }, 'letters could not be sent for a day and are given up');
  return due.length;
}
