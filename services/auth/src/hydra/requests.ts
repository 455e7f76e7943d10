import { z } from 'zod';

// Hydra says null for what is empty.
const list = z
  .array(z.string())
  .nullish()
  .transform((values) => values ?? []);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

export const clientSchema = z.object({
  client_id: z.string().min(1),
  client_name: text,
  metadata: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((value) => value ?? {}),
  redirect_uris: list,
  post_logout_redirect_uris: list,
  skip_consent: flag,
  skip_logout_consent: flag,
});

/** An application at Hydra. */
export type HydraClient = z.output<typeof clientSchema>;

/** Somebody is to sign in (auth.md B3.3). */
export const loginRequestSchema = z.object({
  skip: flag,
  /** Who Hydra knows the browser to be; empty unless `skip`. */
  subject: text,
  client: clientSchema,
  request_url: z.string(),
  oidc_context: z
    .object({ login_hint: text })
    .nullish()
    .transform((value) => value ?? { login_hint: '' }),
});

/** Somebody who is signed in is to say what an application may have. */
export const consentRequestSchema = z.object({
  skip: flag,
  subject: z.string().min(1),
  client: clientSchema,
  request_url: z.string(),
  requested_scope: list,
  requested_access_token_audience: list,
});

/** Somebody is to be signed out everywhere. */
export const logoutRequestSchema = z.object({
  subject: text,
  request_url: text,
  rp_initiated: flag,
  client: clientSchema.nullish(),
});

/** Where the browser is to go on. */
export const onwardSchema = z.object({ redirect_to: z.url({ protocol: /^https?$/ }) });

export type LoginRequest = z.output<typeof loginRequestSchema>;
export type ConsentRequest = z.output<typeof consentRequestSchema>;
export type LogoutRequest = z.output<typeof logoutRequestSchema>;

export interface AcceptLogin {
  readonly subject: string;
  readonly remember?: boolean;
  /** Seconds. */
  readonly remember_for?: number;
}

export interface AcceptConsent {
  readonly grant_scope: readonly string[];
  readonly grant_access_token_audience: readonly string[];
  readonly session: {
    readonly access_token: Readonly<Record<string, unknown>>;
    readonly id_token: Readonly<Record<string, unknown>>;
  };
  readonly remember: boolean;
  /** Seconds. */
  readonly remember_for?: number;
}

/** What the application is told; `status_code` is for those who see the error at Hydra itself. */
export interface Rejection {
  readonly error: 'access_denied';
  readonly error_description: string;
  readonly status_code: 403;
}

export function refusal(description: string): Rejection {
  return { error: 'access_denied', error_description: description, status_code: 403 };
}

/** An application by what people call it. */
export function clientName({ client_id: id, client_name: name }: HydraClient): string {
  return name.trim() || id;
}
