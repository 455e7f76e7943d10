import type { Database } from './database.ts';

/** Everything that is kept of a person, in the words of the wire; hashes and sealed secrets stay here. */
export async function exportOf(database: Database, userId: string): Promise<Record<string, unknown>> {
  const user = await database.user.findUniqueOrThrow({
    where: { id: userId },
    include: {
      ...{ roles: true, identities: true, sessions: true, tokens: true, secondFactor: true },
      ...{ appRoles: true, oidcConsents: true },
    },
  });
  const [permissions, reports, notifications, subscriptions, events] = await Promise.all([
    database.servicePermission.findMany({ where: { userid: user.idhash } }),
    database.report.findMany({ where: { reporterId: userId }, orderBy: { createdAt: 'asc' } }),
    database.notification.findMany({ where: { userId }, orderBy: { createdAt: 'asc' } }),
    database.pushSubscription.findMany({ where: { userId }, orderBy: { createdAt: 'asc' } }),
    database.auditEntry.findMany({
      where: { OR: [{ actor: userId }, { target: userId }] },
      orderBy: { at: 'asc' },
    }),
  ]);
  return {
    profile: {
      ...{ id: user.idhash, uuid: user.id, username: user.username, name: user.name, email: user.email },
      ...{ email_verified: user.emailVerified, avatar_url: user.avatarUrl, join_date: user.joinDate },
      username_changed_at: user.usernameChangedAt,
    },
    roles: user.roles.map(({ role }) => role),
    identities: user.identities.map(({ provider, subject, login, email, emailVerified, createdAt }) => ({
      ...{ provider, subject, login, email, email_verified: emailVerified, created_at: createdAt },
    })),
    second_factor: user.secondFactor?.confirmedAt ?? null,
    sessions: user.sessions.map(({ id, createdAt, lastSeenAt, expiresAt, revokedAt, method, userAgent }) => ({
      ...{ id, created_at: createdAt, last_seen_at: lastSeenAt, expires_at: expiresAt },
      ...{ revoked_at: revokedAt, method, user_agent: userAgent },
    })),
    tokens: user.tokens.map(({ id, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }) => ({
      ...{ id, name, scopes, created_at: createdAt, expires_at: expiresAt },
      ...{ last_used_at: lastUsedAt, revoked_at: revokedAt },
    })),
    app_roles: user.appRoles.map(({ app, role }) => ({ app, role })),
    consents: user.oidcConsents.map(({ clientId, scopes, grantedAt }) => ({
      ...{ client_id: clientId, scopes, granted_at: grantedAt },
    })),
    service_permissions: permissions.map(({ service, permissions: granted }) => ({
      service,
      permissions: granted,
    })),
    reports: reports.map(({ id, kind, target, reason, state, createdAt }) => ({
      ...{ id, type: kind, target, reason, state, created_at: createdAt },
    })),
    notifications: notifications.map(({ id, kind, text, createdAt, readAt }) => ({
      ...{ id, type: kind, text, created_at: createdAt, read_at: readAt },
    })),
    push_subscriptions: subscriptions.map(({ id, endpoint, createdAt }) => ({
      ...{ id, endpoint, created_at: createdAt },
    })),
    events: events.map(({ at, action, target, details }) => ({ at, action, target, details })),
  };
}
