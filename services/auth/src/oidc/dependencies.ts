import type { AppStore } from '../apps/app-store.ts';
import type { ClientStore } from '../clients/client-store.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import type { LiveSession } from '../sessions/session.ts';
import type { UserStore } from '../users/user-store.ts';
import type { ConsentStore } from './consent-store.ts';
import type { OidcRecords } from './record-store.ts';

export interface OidcDependencies {
  /** The issuer: the bare public origin. */
  readonly origin: string;
  /** `KEY_ENCRYPTION_KEY`. */
  readonly secret: string;
  readonly keyRing: Pick<KeyRing, 'active' | 'jwks'>;
  readonly users: Pick<UserStore, 'find'>;
  readonly apps: AppStore;
  readonly clients: ClientStore;
  readonly consents: ConsentStore;
  readonly records: OidcRecords;
  /** Aliases that tokens can be made out to. */
  readonly services: ReadonlySet<string>;
  readonly now: () => Date;
}

/** Whose browser a request to the provider comes from; undefined: nobody is signed in. */
export type SessionOf = (req: object) => LiveSession | undefined;
