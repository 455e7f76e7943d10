import { z } from 'zod';
import type { ListedSession } from '../../sessions/session.ts';

const time = z.iso.datetime();

export const sessionSchema = z.object({
  id: z.uuid(),
  created_at: time,
  last_seen_at: time.describe('To the minute'),
  expires_at: time,
  method: z.string().describe('`password`, `link`, or a provider'),
  user_agent: z.string().nullable(),
});

export function sessionAnswer(session: ListedSession): z.output<typeof sessionSchema> {
  const { id, createdAt, lastSeenAt, expiresAt, method, userAgent } = session;
  return {
    ...{ id, created_at: createdAt.toISOString(), last_seen_at: lastSeenAt.toISOString() },
    ...{ expires_at: expiresAt.toISOString(), method, user_agent: userAgent },
  };
}
