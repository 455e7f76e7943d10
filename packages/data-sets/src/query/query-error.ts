import { problem } from '@flyloft/common';

/** A query that is refused, with the message of data-sets.md 4.2 or 4.3. */
export function invalidQuery(message: string): Error {
  return problem('invalid_parameter', message);
}
