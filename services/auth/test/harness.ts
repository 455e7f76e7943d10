import { randomBytes } from 'node:crypto';
import { createLogger, createMetrics } from '@flyloft/service-kit';
import { createTestDatabase } from '@flyloft/testing';
import type { Express } from 'express';
import { type AuthDependencies, type AuthStores, createApp } from '../src/app.ts';
import type { KeyAdministration } from '../src/keys/key-administration.ts';
import { createKeyEncryption } from '../src/keys/key-encryption.ts';
import { type KeyRing, keyMaker, loadKeyRing } from '../src/keys/key-ring.ts';
import { createOneTimeLink } from '../src/links/one-time-link.ts';
import { writeRecoveryLetter } from '../src/links/recovery-wish.ts';
import type { Letter } from '../src/mail/mailer.ts';
import { ensureAdministrator } from '../src/postgres/administrator.ts';
import { createDatabase, type Database } from '../src/postgres/database.ts';
import { createKeyAdministration } from '../src/postgres/key-administration.ts';
import { createKeyStore } from '../src/postgres/keys.ts';
import { openPool } from '../src/postgres/pool.ts';
import { createStores } from '../src/postgres/stores.ts';
import { createSession } from '../src/sessions/session.ts';
import type { SignInOptions } from '../src/sign-in/create-sign-in.ts';
import { createTokenIssuer, type TokenIssuer } from '../src/tokens/issue-tokens.ts';
import { createPersonalAccessToken } from '../src/tokens/personal-access-token.ts';

export const ORIGIN = 'http://127.0.0.1:4000';
const DAY = 86_400_000;

export interface Harness {
  readonly app: Express;
  /** Another replica on the same database. */
  readonly openApp: (own?: Partial<AuthDependencies>) => Express;
  readonly database: Database;
  readonly stores: AuthStores;
  readonly databaseUrl: string;
  readonly keyRing: KeyRing;
  readonly keys: KeyAdministration;
  /** The keys as another replica of auth on the same database holds them. */
  readonly openReplica: () => Promise<KeyRing>;
  readonly issuer: TokenIssuer;
  /** The start-up token of the first administrator. */
  readonly adminToken: string;
  readonly signInUrl: string;
  /** The app's clock: change it and the app believes it. */
  readonly clock: { now: Date };
  /** A user token, and the session that it dies with. */
  readonly userTokenFor: (userId: string) => Promise<{ token: string; sessionId: string }>;
  readonly close: () => Promise<void>;
}

export interface HarnessOptions
  extends Pick<
    AuthDependencies,
    | 'community'
    | 'permissionModules'
    | 'extensions'
    | 'outsideTokens'
    | 'limits'
    | 'trustedProxies'
    | 'hydra'
    | 'kratos'
  > {
  readonly allowedServices?: string[];
  /** True: the app goes by the system's clock, and `clock` stands for nothing. */
  readonly realTime?: boolean;
  /** Where a browser finds the app; default: nowhere. */
  readonly origin?: string;
  readonly signIn?: Omit<SignInOptions, 'sendMail'> & {
    /** Takes what is sent, at once. */
    readonly sendMail?: (letter: Letter) => Promise<void>;
  };
  readonly corsOrigins?: ReadonlySet<string>;
  /** Where the log goes; default nowhere. */
  readonly logger?: ReturnType<typeof createLogger>;
}

/** Auth on a database of its own, with its first administrator. */
export async function openHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { origin = ORIGIN } = options;
  const testDatabase = await createTestDatabase();
  const pool = openPool(testDatabase.url);
  const database = createDatabase(pool);
  const clock = { now: new Date() };
  const now = () => (options.realTime ? new Date() : clock.now);
  const secret = randomBytes(32).toString('base64');
  const encryption = createKeyEncryption(secret);
  const keyRing = await loadKeyRing({ store: createKeyStore(database), encryption });
  const keys = createKeyAdministration(database, keyMaker(encryption), keyRing);
  const stores = createStores(database, pool);
  const first = createPersonalAccessToken();
  const { url: signInUrl, link } = createOneTimeLink('sign-in', origin, now());
  const tokenExpiresAt = new Date(now().getTime() + 365 * DAY);
  await ensureAdministrator(
    database,
    { email: 'admin@localhost', token: first, tokenExpiresAt, link },
    now(),
  );
  const issuer = createTokenIssuer({ issuer: origin, keyRing, serviceTokenSeconds: 3_600, now });
  const { sendMail: take, ...signIn } = options.signIn ?? {};
  const sendMail: SignInOptions['sendMail'] = async (post) => {
    const writing = { accounts: stores.accounts, origin, now };
    const letter = 'recover' in post ? await writeRecoveryLetter(writing, post) : post;
    if (letter !== undefined) await take?.(letter);
  };
  const openApp = (own: Partial<AuthDependencies> = {}) =>
    createApp({
      ...{ origin, keyRing, keys, stores },
      ...options,
      allowedServices: options.allowedServices ?? [],
      serviceTokenSeconds: 3_600,
      secret,
      signIn: { ...signIn, ...(take ? { sendMail } : {}) },
      corsOrigins: options.corsOrigins ?? new Set(),
      logger: options.logger ?? createLogger('auth', 'silent'),
      metrics: createMetrics('auth'),
      version: '0.0.0',
      now,
      ...own,
    });
  return {
    app: openApp(),
    openApp,
    database,
    stores,
    databaseUrl: testDatabase.url,
    keyRing,
    keys,
    openReplica: () => loadKeyRing({ store: createKeyStore(database), encryption }),
    issuer,
    adminToken: first.token,
    signInUrl,
    clock,
    userTokenFor: async (userId) => {
      const { session } = createSession(now());
      await database.session.create({ data: { ...session, userId } });
      const live = await stores.sessions.findLive(session.id, now());
      if (live === undefined) throw new Error('The session is not there');
      return { token: await issuer.userToken(live), sessionId: session.id };
    },
    close: async () => {
      await database.$disconnect();
      await pool.end();
      await testDatabase.drop();
    },
  };
}
