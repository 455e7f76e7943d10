import { z } from 'zod';
import type { User } from '../../users/user.ts';

/** A person as they see themselves. */
export const ownProfileSchema = z.object({
  id: z.string().describe('The idhash: `userid` of tokens'),
  uuid: z.uuid(),
  username: z.string(),
  username_changeable: z.boolean().describe('True until the one change is used up'),
  name: z.string().nullable(),
  email: z.string().nullable(),
  email_verified: z.boolean(),
  avatar_url: z.string().nullable(),
  roles: z.array(z.string()),
  join_date: z.iso.datetime(),
});

export function ownProfileOf(user: User): z.output<typeof ownProfileSchema> {
  return {
    id: user.idhash,
    uuid: user.id,
    username: user.username,
    username_changeable: user.usernameChangedAt === null,
    name: user.name,
    email: user.email,
    email_verified: user.emailVerified,
    avatar_url: user.avatarUrl,
    roles: [...user.roles],
    join_date: user.joinDate.toISOString(),
  };
}
