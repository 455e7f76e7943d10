import { hash } from '@node-rs/argon2';
import { z } from 'zod';

const MIN_LENGTH = 10;
const MAX_LENGTH = 200;

export const passwordSchema = z.string().min(MIN_LENGTH).max(MAX_LENGTH);

// OWASP's first recommendation for argon2id, which is the library's own choice: 19 MiB, two passes, one lane.
const SETTINGS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function hashPassword(password: string): Promise<string> {
  return hash(password, SETTINGS);
}
