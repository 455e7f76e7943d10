import { problem } from '@flyloft/common';
import { UsageError } from '@flyloft/service-kit';
import { z } from 'zod';
import type { AuthStores } from '../app.ts';
import { sessionAnswer } from '../routes/me/session-answer.ts';
import { type Action, OPERATOR, requirePerson, runAction } from './administration.ts';

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async ([name, ...more], stores, { options, say }) => {
    if (name === undefined || more.length > 0) throw new UsageError('it is session list USER');
    const { id } = await requirePerson(name, stores);
    const sessions = (await stores.sessions.list(id, new Date())).map(sessionAnswer);
    const lines = sessions.map((one) => `${one.id}  ${one.last_seen_at}  ${one.user_agent ?? one.method}`);
    say(options.json ? JSON.stringify({ sessions }) : lines.join('\n') || 'signed in nowhere');
  },
  revoke: async ([name, session, ...more], stores, { options, say }) => {
    if (name === undefined || more.length > 0) throw new UsageError('it is session revoke USER [SESSION]');
    const { id } = await requirePerson(name, stores);
    const ended =
      session === undefined
        ? await stores.sessions.revokeOthers(id, undefined, new Date(), OPERATOR)
        : await endOne(id, session, stores);
    const text = ended === 1 ? 'one session has ended' : `${ended} sessions have ended`;
    say(options.json ? JSON.stringify({ ended }) : text);
  },
};

async function endOne(userId: string, session: string, { sessions }: AuthStores): Promise<number> {
  const id = z.uuid().safeParse(session);
  const ended = id.success && (await sessions.revoke(userId, id.data, new Date(), OPERATOR));
  if (!ended) throw problem('not_found', 'This person has no such session');
  return 1;
}

/** `session list|revoke`. */
export const sessionCommand = runAction('session', ACTIONS);
