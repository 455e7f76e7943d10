import type { User } from '../users/user.ts';

/** A person in a row of `PERSON_COLUMNS`. */
export interface PersonRow {
  readonly user_id: string;
  readonly idhash: string;
  readonly username: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly email_verified: boolean;
  readonly avatar_url: string | null;
  readonly username_changed_at: Date | null;
  readonly join_date: Date;
  readonly provider_id: string | null;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly suspended_until: Date | null;
}

/** All of a person for a statement that also has `PERSON_TABLES`. */
export const PERSON_COLUMNS = `
  u.id AS user_id, u.idhash, u.username, u.name, u.email, u.email_verified, u.avatar_url,
  u.username_changed_at, u.join_date, s.until AS suspended_until,
  (SELECT i.provider || ':' || i.subject FROM auth.identities i
   WHERE i.user_id = u.id ORDER BY i.created_at LIMIT 1) AS provider_id,
  ARRAY(SELECT r.role FROM auth.user_roles r WHERE r.user_id = u.id ORDER BY r.role) AS roles,
  ARRAY(SELECT p.permission FROM auth.user_roles r JOIN auth.role_permissions p ON p.role = r.role
        WHERE r.user_id = u.id) AS permissions`;

/** Joins the person to the table `t`, which names them in `user_id`. */
export const PERSON_TABLES =
  'JOIN auth.users u ON u.id = t.user_id LEFT JOIN auth.suspensions s ON s.user_id = u.id';

export function personOfRow(row: PersonRow): User {
  return {
    id: row.user_id,
    idhash: row.idhash,
    username: row.username,
    name: row.name,
    email: row.email,
    emailVerified: row.email_verified,
    avatarUrl: row.avatar_url,
    usernameChangedAt: row.username_changed_at,
    joinDate: row.join_date,
    providerId: row.provider_id,
    roles: row.roles,
    permissions: new Set(row.permissions),
    suspendedUntil: row.suspended_until,
  };
}
