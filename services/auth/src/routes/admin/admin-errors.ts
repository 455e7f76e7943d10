import type { AnswerDescription } from '@flyloft/service-kit';

/** What every endpoint of administration may answer, for the OpenAPI document. */
export const adminErrors: Readonly<Record<number, AnswerDescription>> = {
  400: { description: 'The body is not valid; every fault is named' },
  401: { description: 'No token, or not a right one' },
  403: { description: 'Not an administrator, or the token does not reach this' },
  429: { description: 'Too many wrong tokens from one address; Retry-After says how long to wait' },
  413: { description: 'The body is larger than 1 MiB' },
  415: { description: 'The body is not application/json' },
};
