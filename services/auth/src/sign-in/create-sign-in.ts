import { limitAttempts, type RateCounters } from '@flyloft/service-kit';
import type { AccountStore } from '../accounts/account-store.ts';
import { createCsrfTokens } from '../browser/csrf.ts';
import type { HydraMode } from '../hydra/hydra-mode.ts';
import type { HydraStore } from '../hydra/hydra-store.ts';
import { createSecretBox, deriveKey } from '../keys/secret-box.ts';
import type { KratosMode, KratosSide } from '../kratos/kratos-mode.ts';
import { createKratosSessions } from '../kratos/kratos-sessions.ts';
import type { KratosStore } from '../kratos/kratos-store.ts';
import type { SingleSignOn } from '../oidc/single-sign-on.ts';
import type { Provider } from '../providers/provider.ts';
import { createSecondFactors, type SecondFactorStore } from '../second-factor/second-factor.ts';
import type { SessionStore } from '../sessions/session.ts';
import type { TokenIssuer } from '../tokens/issue-tokens.ts';
import type { UserStore } from '../users/user-store.ts';
import { formTargetsOf } from './form-targets.ts';
import type { SignInDependencies } from './sign-in-service.ts';
import type { SignInStore } from './sign-in-store.ts';

/** What an operator decides about signing in; what is left out is off. */
export interface SignInOptions {
  readonly providers?: ReadonlyMap<string, Provider>;
  readonly allowedNextOrigins?: ReadonlySet<string>;
  readonly compatJwtOrigins?: ReadonlySet<string>;
  readonly providerRegistration?: boolean;
  readonly selfRegistration?: boolean;
  readonly legacyCallback?: boolean;
  readonly sendMail?: SignInDependencies['sendMail'];
}

interface Parts {
  readonly origin: string;
  /** `KEY_ENCRYPTION_KEY`: what forms and cookies are sealed with comes from it, so replicas agree. */
  readonly secret: string;
  readonly options: SignInOptions;
  readonly stores: {
    readonly users: UserStore;
    readonly sessions: SessionStore;
    readonly accounts: AccountStore;
    readonly signIns: SignInStore;
    readonly secondFactors: SecondFactorStore;
    readonly kratos: KratosStore;
    readonly hydra: HydraStore;
  };
  readonly issuer: TokenIssuer;
  /** Of all replicas together; default: each process counts for itself. */
  readonly counters?: RateCounters | undefined;
  /** Where the forms of applications' sign-ins lead to. */
  readonly originsOf: SingleSignOn['originsOf'];
  readonly hydra: HydraMode | undefined;
  readonly kratos: KratosMode | undefined;
  readonly now: () => Date;
}

// auth.md A7.11
const WRONG_BY_ACCOUNT = { requests: 10, seconds: 900 };
const WRONG_BY_ADDRESS = { requests: 100, seconds: 3_600 };
const LETTERS_BY_RECIPIENT = { requests: 5, seconds: 3_600 };

/** Puts together what the pages and endpoints of signing in work with. */
export function createSignIn({
  origin,
  secret,
  options,
  stores,
  issuer,
  counters,
  originsOf,
  hydra,
  kratos,
  now,
}: Parts): SignInDependencies {
  const { users, signIns } = stores;
  const secondFactorBox = createSecretBox(secret, 'second factors');
  const secondFactors = createSecondFactors(stores.secondFactors, secondFactorBox, now);
  const box = createSecretBox(secret, 'sign-ins');
  const flows = hydra && { ...hydra, hydraStore: stores.hydra, box, now };
  const kratosSide = (mode: KratosMode): KratosSide => {
    const parts = { kratos: mode.kratos, store: stores.kratos, users, signIns, secondFactors, now };
    return { ...mode, store: stores.kratos, sessions: createKratosSessions(parts) };
  };
  return {
    ...{ origin, now, issuer },
    ...{ users, signIns, sessions: stores.sessions, accounts: stores.accounts },
    secondFactors,
    kratos: kratos && kratosSide(kratos),
    csrf: createCsrfTokens(deriveKey(secret, 'form tokens')),
    box,
    nextPolicy: {
      origin,
      allowedOrigins: options.allowedNextOrigins ?? new Set(),
      compatOrigins: options.compatJwtOrigins ?? new Set(),
    },
    providers: options.providers ?? new Map(),
    providerRegistration: options.providerRegistration ?? true,
    selfRegistration: options.selfRegistration ?? false,
    legacyCallback: options.legacyCallback ?? false,
    sendMail: options.sendMail,
    counters,
    formTargets: formTargetsOf({ origin, originsOf, hydra: flows }),
    limits: {
      byAccount: limitAttempts({ limit: WRONG_BY_ACCOUNT, name: 'wrong-by-account', counters }),
      byAddress: limitAttempts({ limit: WRONG_BY_ADDRESS, name: 'wrong-by-address', counters }),
      byRecipient: limitAttempts({ limit: LETTERS_BY_RECIPIENT, name: 'letters-by-recipient', counters }),
    },
  };
}
