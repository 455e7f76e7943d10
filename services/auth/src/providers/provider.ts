/** What a provider says of a person. */
export interface ProviderProfile {
  /** Never changes and is given to nobody else: with the provider's name, the identity. */
  readonly subject: string;
  /** The provider's own user name, if it has them. */
  readonly login: string | null;
  readonly name: string | null;
  readonly email: { readonly address: string; readonly verified: boolean } | null;
  readonly avatarUrl: string | null;
}

/** One sign-in at a provider. */
export interface ProviderRequest {
  readonly state: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

/** What must be remembered between the redirect to the provider and the way back. */
export interface PendingRequest extends ProviderRequest {
  /** Proves that who redeems the code is who asked for it (PKCE, RFC 7636). */
  readonly verifier: string;
}

/** Someone who says who a person is: Google, GitHub, any OpenID Connect provider. */
export interface Provider {
  /** A part of addresses, and of identities. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** What its answers carry as `iss`, where they do (RFC 9207). */
  readonly issuer: string;
  /** Where it asks people to sign in. */
  readonly origin: string;
  /**
   * Where to send the person.
   * @throws {ProblemError} 502 when the provider does not answer.
   */
  readonly begin: (
    request: ProviderRequest,
  ) => Promise<{ readonly address: string; readonly verifier: string }>;
  /**
   * Takes the provider's answer, as it stands in the address that the person came back to.
   * @throws {ProblemError} 403 when the person said no, 400 for an answer that is not right, 502 when the
   * provider does not answer within the time.
   */
  readonly finish: (parameters: URLSearchParams, pending: PendingRequest) => Promise<ProviderProfile>;
}

/** The longest that a person waits for a provider (auth.md D26). */
export const PROVIDER_TIMEOUT_MILLISECONDS = 4_000;
