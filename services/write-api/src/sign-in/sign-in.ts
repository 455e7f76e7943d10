import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { type Person, type SignInProvider, type Transaction, transactionSchema } from './provider.ts';
import type { SealedCookies } from './sealed-cookies.ts';

const sessionSchema = z.object({
  subject: z.string(),
  name: z.string(),
  mayUpload: z.boolean(),
  /** Stands in every form as well: a form of another site cannot know it. */
  csrf: z.string(),
});

export type Session = z.output<typeof sessionSchema>;

export interface SignInOptions {
  readonly provider: SignInProvider;
  readonly cookies: SealedCookies;
  /** The origin that people use. */
  readonly origin: string;
}

/** People's sessions, kept in their browsers alone. */
export interface SignIn {
  readonly provider: SignInProvider;
  readonly origin: string;
  readonly rememberTransaction: (res: Response, transaction: Transaction) => Promise<void>;
  /** Once: it is gone from the browser with the answer. */
  readonly takeTransaction: (req: Request, res: Response) => Promise<Transaction | undefined>;
  readonly begin: (res: Response, person: Person) => Promise<void>;
  readonly session: (req: Request) => Promise<Session | undefined>;
  readonly end: (res: Response) => void;
}

const SESSION = 'flyloft_upload';
const TRANSACTION = 'flyloft_upload_sign_in';
const SESSION_SECONDS = 8 * 3_600;
const TRANSACTION_SECONDS = 600;

export function createSignIn({ provider, cookies, origin }: SignInOptions): SignIn {
  return {
    provider,
    origin,
    rememberTransaction: (res, transaction) =>
      cookies.set(res, TRANSACTION, transaction, TRANSACTION_SECONDS),
    takeTransaction: async (req, res) => {
      const transaction = await cookies.get(req, TRANSACTION, transactionSchema);
      cookies.clear(res, TRANSACTION);
      return transaction;
    },
    begin: (res, person) =>
      cookies.set(res, SESSION, { ...person, csrf: randomBytes(32).toString('base64url') }, SESSION_SECONDS),
    session: (req) => cookies.get(req, SESSION, sessionSchema),
    end: (res) => {
      cookies.clear(res, SESSION);
    },
  };
}

/** Compares the token of a form with the session's, in constant time. */
export function isOwnForm(session: Session, token: string | undefined): boolean {
  const [sent, kept] = [Buffer.from(token ?? ''), Buffer.from(session.csrf)];
  return sent.length === kept.length && timingSafeEqual(sent, kept);
}
