import type { LiveSession } from '../sessions/session.ts';
import { type PersonRow, personOfRow } from './person-columns.ts';

/** A session with its person, as one statement reads them. */
export interface SessionRow extends PersonRow {
  readonly id: string;
  readonly expires_at: Date;
  readonly authenticated_at: Date;
  readonly last_seen_at: Date;
}

export function sessionOfRow(row: SessionRow): LiveSession {
  const { id, expires_at: expiresAt, authenticated_at: authenticatedAt } = row;
  return { id, expiresAt, authenticatedAt, user: personOfRow(row) };
}
