import { problem, unauthorized } from '@flyloft/common';
import type { LiveSession } from '../sessions/session.ts';
import type { KratosSide } from './kratos-mode.ts';
import type { Visitor } from './kratos-sessions.ts';

/** The session of a session token of Kratos'. @throws {ProblemError} 401 with a code for each reason, 403, 503. */
export async function sessionOfToken(
  token: string,
  { sessions }: Pick<KratosSide, 'sessions'>,
  visitor: Visitor,
): Promise<LiveSession> {
  const finding = await sessions.find({ token }, visitor);
  switch (finding.is) {
    case 'signed in':
      return finding.session;
    case 'nobody':
      throw unauthorized('token_invalid', 'Ory Kratos knows no such session');
    case 'second step':
      throw problem(
        'reauthentication_needed',
        'This session lacks the second step: go through it at Ory Kratos (aal=aal2)',
      );
    case 'ended':
      throw unauthorized('token_revoked', 'This session has ended: sign in again');
    case 'refused':
      throw unauthorized('token_revoked', finding.detail);
  }
}
