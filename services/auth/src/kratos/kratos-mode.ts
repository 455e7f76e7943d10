import type { Kratos } from './kratos.ts';
import type { KratosSessions } from './kratos-sessions.ts';
import type { KratosStore } from './kratos-store.ts';

/** What an operator says about Kratos. */
export interface KratosMode {
  readonly kratos: Kratos;
  /** `KRATOS_PUBLIC_URL`, without a slash at its end. */
  readonly publicUrl: string;
  readonly sessionCookie: string;
  /** Where its social sign-in leads to. */
  readonly providerOrigins: readonly string[];
}

/** Kratos, as the pages and endpoints work with it. */
export interface KratosSide extends KratosMode {
  readonly sessions: KratosSessions;
  readonly store: KratosStore;
}
