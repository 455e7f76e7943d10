/**
 * The one table of problem codes (RFC 9457). A code never changes its meaning; clients may switch on
 * it. `docs/errors.md` is generated from this table.
 */
export const PROBLEMS = {
  bad_request: { status: 400, title: 'Bad request' },
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  invalid_parameter: { status: 400, title: 'A parameter or field is not valid' },
  conflicting_tokens: { status: 400, title: 'Two different tokens were sent' },
  words_not_allowed: { status: 400, title: 'The text holds phrases that are not allowed here' },
  next_not_allowed: { status: 400, title: 'The address to lead back to is not allowed' },
  wrong_credentials: { status: 401, title: 'That does not sign anybody in' },
  token_missing: { status: 401, title: 'A token is needed' },
  token_malformed: { status: 401, title: 'The Authorization header is malformed' },
  token_invalid: { status: 401, title: 'The token is not valid here' },
  token_expired: { status: 401, title: 'The token has expired' },
  token_unknown_user: { status: 401, title: 'Nobody is registered with this token' },
  token_revoked: { status: 401, title: 'The token was revoked' },
  upload_broken: { status: 400, title: 'What arrived is not what was announced' },
  upload_signature: { status: 403, title: 'The signed address is not valid' },
  upload_expired: { status: 403, title: 'The signed address has expired' },
  form_expired: { status: 403, title: 'The form has expired' },
  registration_closed: { status: 403, title: 'There is no account for you here' },
  reauthentication_needed: { status: 403, title: 'Sign in again for this' },
  permission_denied: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict with what is already there' },
  sign_in_expired: { status: 410, title: 'The sign-in has expired' },
  link_used: { status: 410, title: 'The link was used already or has expired' },
  too_large: { status: 413, title: 'Too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  range_not_satisfiable: { status: 416, title: 'The range lies outside of the file' },
  unprocessable: { status: 422, title: 'The content cannot be processed' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  provider_failed: { status: 502, title: 'The sign-in provider did not answer as it should' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
  query_timeout: { status: 504, title: 'The query took too long' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One thing that is wrong in a request: where (a JSON pointer or a parameter name) and why. */
export interface ProblemDetail {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
  /** A phrase that is not allowed, and where it stands in the text, from 0. */
  readonly phrase?: string;
  readonly position?: number;
}

export interface ProblemOptions {
  /** What is wrong with this request in particular, and what to do about it. */
  readonly detail?: string;
  readonly errors?: readonly ProblemDetail[];
  /** Response headers that belong to the error, such as `WWW-Authenticate` or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/**
 * The one error type that domain code and handlers throw. How it looks on the wire is decided by the
 * renderer of the endpoint's contract (problem+json, Backdrop, conductor, babbage).
 */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: readonly ProblemDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code].title, { cause: options.cause });
    this.name = 'ProblemError';
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.title = PROBLEMS[code].title;
    this.detail = options.detail;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
}

/** Shorthand: `throw problem('not_found', 'No package has this id')`. */
export function problem(
  code: ProblemCode,
  detail?: string,
  options: Omit<ProblemOptions, 'detail'> = {},
): ProblemError {
  return new ProblemError(code, detail === undefined ? options : { ...options, detail });
}
