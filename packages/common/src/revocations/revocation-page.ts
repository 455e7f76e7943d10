import { createHash } from 'node:crypto';
import { z } from 'zod';

const revocationSchema = z.object({
  kind: z
    .enum(['session', 'user', 'key'])
    .describe('`user`: the service tokens that were issued up to revoked_at'),
  subject: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 in hex of the sid, sub or kid'),
  revoked_at: z.iso.datetime(),
  expires_at: z.iso.datetime().describe('No token that this speaks of lives longer'),
});

/** One entry of auth's revocation feed. */
export type Revocation = z.infer<typeof revocationSchema>;

/** The answer of `/auth/revocations?since=`. */
export const revocationPageSchema = z.object({
  revocations: z.array(revocationSchema),
  next: z.string().describe('The cursor for the next request'),
  more: z.boolean().describe('True when there is more to be had at once'),
});

export type RevocationPage = z.infer<typeof revocationPageSchema>;

/** How the feed names a session, person or key. */
export function revocationSubject(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}
