import { ProblemError, problem } from '@flyloft/common';
import type { AttemptLimit, RateCounters } from '@flyloft/service-kit';
import type { AccountStore } from '../accounts/account-store.ts';
import type { CsrfTokens } from '../browser/csrf.ts';
import type { SecretBox } from '../keys/secret-box.ts';
import type { KratosSide } from '../kratos/kratos-mode.ts';
import type { RecoveryWish } from '../links/recovery-wish.ts';
import type { Letter } from '../mail/mailer.ts';
import { type NextPolicy, parseNext } from '../next/parse-next.ts';
import { withParameter } from '../next/with-parameter.ts';
import type { Provider } from '../providers/provider.ts';
import { hashOfSecret, randomSecret } from '../random-secret.ts';
import type { SecondFactors } from '../second-factor/second-factor.ts';
import type { LiveSession, SessionStore } from '../sessions/session.ts';
import type { TokenIssuer } from '../tokens/issue-tokens.ts';
import { normalizeEmail } from '../users/email.ts';
import { hashPassword, needsRehash, passwordMatches } from '../users/password.ts';
import type { UserStore } from '../users/user-store.ts';
import type { SignInStore } from './sign-in-store.ts';

/** What the pages and endpoints of signing in work with. */
export interface SignInDependencies {
  readonly origin: string;
  readonly now: () => Date;
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly accounts: AccountStore;
  readonly signIns: SignInStore;
  readonly secondFactors: SecondFactors;
  readonly issuer: TokenIssuer;
  readonly csrf: CsrfTokens;
  /** Seals what a browser or a row keeps between two requests. */
  readonly box: SecretBox;
  readonly nextPolicy: NextPolicy;
  readonly providers: ReadonlyMap<string, Provider>;
  /** Where beyond our own origin a sign-in with this `next` may end in this browser: at an application. */
  readonly formTargets: (next: string, browserHash: Uint8Array<ArrayBuffer>) => Promise<readonly string[]>;
  /** Whether who comes from a provider for the first time gets an account. */
  readonly providerRegistration: boolean;
  readonly selfRegistration: boolean;
  readonly legacyCallback: boolean;
  /**
   * Resolves when it cannot be lost any more; it is sent in its own time. Undefined: this installation sends no mail,
   * and administrators hand out links.
   */
  readonly sendMail: ((post: Letter | RecoveryWish) => Promise<void>) | undefined;
  readonly limits: SignInLimits;
  /** Ory Kratos, where that keeps the people and how they sign in. */
  readonly kratos: KratosSide | undefined;
  /** What other limits count with; none: each process for itself. */
  readonly counters: RateCounters | undefined;
}

/** Limits of wrong attempts (auth.md A7.11). */
export interface SignInLimits {
  readonly byAccount: AttemptLimit;
  readonly byAddress: AttemptLimit;
  /** Letters that strangers may have sent to one address. */
  readonly byRecipient: AttemptLimit;
}

const CODE_LIFE_MILLISECONDS = 60_000;

/**
 * Runs a check of a secret under both limits; only wrong attempts count.
 * @throws {ProblemError} 429 when there were too many.
 */
export async function limited(
  limits: SignInLimits,
  { account, address }: { readonly account: string; readonly address: string },
  check: () => Promise<boolean>,
): Promise<boolean> {
  const both = `${account} ${address}`;
  await limits.byAddress.take(address);
  await limits.byAccount.take(both);
  const right = await check();
  if (right) await Promise.all([limits.byAddress.giveBack(address), limits.byAccount.giveBack(both)]);
  return right;
}

/**
 * Whether a letter may go to an address that anybody can have typed. When it may not, the answer is the same: those
 * before it are on their way, and whether somebody has an account there stays untold.
 */
export async function mayMail({ byRecipient }: SignInLimits, to: string): Promise<boolean> {
  try {
    await byRecipient.take(normalizeEmail(to));
    return true;
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'too_many_requests') return false;
    throw error;
  }
}

/**
 * The person that an address and a password belong to. Unknown addresses cost the same work and give the
 * same answer as wrong passwords (auth.md D20).
 * @throws {ProblemError} 401, 429.
 */
export async function checkPassword(
  { accounts, limits }: Pick<SignInDependencies, 'accounts' | 'limits'>,
  {
    email,
    password,
    address,
  }: { readonly email: string; readonly password: string; readonly address: string },
): Promise<string> {
  const login = normalizeEmail(email);
  const account = await accounts.findLocal(login);
  const right = await limited(limits, { account: login, address }, () =>
    passwordMatches(password, account?.passwordHash),
  );
  if (!right || !account?.passwordHash) {
    const headers = { 'WWW-Authenticate': 'Bearer realm="flyloft"' };
    throw problem('wrong_credentials', 'The e-mail address or the password is wrong', { headers });
  }
  if (needsRehash(account.passwordHash)) {
    await accounts.rehash(account.userId, account.passwordHash, await hashPassword(password));
  }
  return account.userId;
}

/**
 * Where a person goes after signing in, with what the other side needs: nothing on our own origin, the user
 * token in the address for old clients that are listed, a one-time code for all others (auth.md A2).
 */
export async function addressAfterSignIn(
  { nextPolicy, signIns, issuer, now }: Pick<SignInDependencies, 'nextPolicy' | 'signIns' | 'issuer' | 'now'>,
  session: LiveSession,
  nextText: string | undefined,
): Promise<string> {
  if (nextText === undefined) return '/auth/settings';
  const next = parseNext(nextText, nextPolicy);
  if (next === undefined) return NEXT_NOT_ALLOWED;
  if (nextPolicy.compatOrigins.has(next.origin)) {
    return withParameter(next.address, 'jwt', await issuer.userToken(session));
  }
  if (next.origin === nextPolicy.origin) return next.address;
  const code = randomSecret();
  const expiresAt = new Date(now().getTime() + CODE_LIFE_MILLISECONDS);
  const kept = { codeHash: hashOfSecret(code), sessionId: session.id, origin: next.origin, expiresAt };
  await signIns.createCode(kept, now());
  return withParameter(next.address, 'code', code);
}

/** The fixed page that a `next` which is not allowed leads to (auth.md A7.7). */
export const NEXT_NOT_ALLOWED = '/auth/error?code=next_not_allowed';
