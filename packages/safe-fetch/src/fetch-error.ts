/** Why an address was not fetched. A code never changes its meaning. */
export type FetchErrorCode =
  /** It is no http(s) address, or carries a user or password. */
  | 'address_invalid'
  /** Scheme, port, host or the network address behind it may not be fetched. */
  | 'address_refused'
  /** Redirected more often than is followed, or to nowhere. */
  | 'redirect_refused'
  /** The name is unknown, nothing answers, or the secure connection fails. */
  | 'unreachable'
  /** No connection, no answer or no end in time. */
  | 'timed_out'
  /** The connection ended before the answer did. */
  | 'cut_off'
  /** Another status than 200. */
  | 'status'
  /** Larger than the limit, compressed or not. */
  | 'too_large'
  /** Not what was asked for: another content type or an unknown or broken content encoding. */
  | 'content_refused';

/** Something between us and the address; the message is a sentence for the person who gave it. */
export class FetchError extends Error {
  readonly code: FetchErrorCode;
  /** Whether asking again may help. */
  readonly isPassing: boolean;
  /** The status of the answer, when there was one. */
  readonly status: number | undefined;
  /** How long the other side asks us to wait. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: FetchErrorCode,
    message: string,
    more: {
      readonly isPassing?: boolean;
      readonly status?: number;
      readonly retryAfterSeconds?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'FetchError';
    this.code = code;
    this.isPassing = more.isPassing ?? false;
    this.status = more.status;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}
