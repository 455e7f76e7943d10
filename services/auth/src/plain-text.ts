import { z } from 'zod';

/** False for what PostgreSQL (NUL) or UTF-8 (half of a surrogate pair) cannot hold. */
export const isStorable = (text: string) => text.isWellFormed() && !text.includes('\0');

/** Text that a person gives, without blanks around it: not empty, and as it can be stored. */
export const plainText = (maxLength: number) =>
  z.string().trim().min(1).max(maxLength).refine(isStorable, 'must not hold NUL or half of a character');
