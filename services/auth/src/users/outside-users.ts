import type { OutsideClaims } from '@flyloft/common';
import type { AuditContext } from '../audit/audit.ts';
import type { User } from './user.ts';

/** People who come with the tokens of another issuer: (issuer, subject) is who they are, never the e-mail. */
export interface OutsideUsers {
  readonly find: (issuer: string, subject: string) => Promise<User | undefined>;
  /** @throws {ProblemError} 409 when the (issuer, subject) pair has a person already. */
  readonly register: (
    claims: OutsideClaims,
    displayName: string,
    context: Omit<AuditContext, 'actor'>,
  ) => Promise<User>;
}
