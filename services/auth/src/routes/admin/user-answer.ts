import { z } from 'zod';
import type { User } from '../../users/user.ts';

/** A person as administrators see them. */
export const userSchema = z.object({
  id: z.uuid(),
  idhash: z.string(),
  username: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  email_verified: z.boolean(),
  roles: z.array(z.string()),
  join_date: z.iso.datetime(),
  suspended_until: z.iso.datetime().nullable().describe('Null when not suspended now'),
});

export function userAnswer(user: User, now: Date): z.output<typeof userSchema> {
  const { id, idhash, username, name, email, emailVerified, roles, joinDate, suspendedUntil } = user;
  return {
    ...{ id, idhash, username, name, email, email_verified: emailVerified, roles: [...roles] },
    join_date: joinDate.toISOString(),
    suspended_until: suspendedUntil !== null && suspendedUntil > now ? suspendedUntil.toISOString() : null,
  };
}
