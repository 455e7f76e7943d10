import { randomUUID } from 'node:crypto';
import type { AppOptions } from '@flyloft/service-kit';
import { z } from 'zod';
import type { SecretBox } from '../keys/secret-box.ts';
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
  readonly settle: (id: string) => Promise<void>;
  readonly fail: (id: string, reason: string) => Promise<void>;
  /** Gives up those whose link has expired; answers how many. */
  readonly giveUp: () => Promise<number>;
  readonly trouble: () => Promise<MailTrouble | undefined>;
}

const letterSchema = z.object({ to: z.string(), subject: z.string(), text: z.string() });

/** Keeps a letter until the mail server has taken it: resolves when it is safe in the database. */
export function keepLetters(letters: LetterStore, box: SecretBox): (letter: Letter) => Promise<void> {
  return (letter) => {
    const id = randomUUID();
    return letters.add({ id, sealed: box.seal(Buffer.from(JSON.stringify(letter)), id) });
  };
}

export interface MailSender {
  readonly letters: LetterStore;
  readonly box: SecretBox;
  readonly mailer: Mailer;
  readonly logger: AppOptions['logger'];
}

/** Hands the letters that are due to the mail server, each for itself. Answers how many they were. */
export async function sendLetters({ letters, box, mailer, logger }: MailSender): Promise<number> {
  const due = await letters.takeDue();
  const deliver = async ({ id, sealed, attempts }: (typeof due)[number]) => {
    try {
      const content = Buffer.from(box.open(sealed, id)).toString();
      await mailer.send(letterSchema.parse(JSON.parse(content)), id);
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
