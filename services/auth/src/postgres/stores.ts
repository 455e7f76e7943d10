import type { Pool } from 'pg';
import type { AuthStores } from '../app.ts';
import { createAccountStore } from './accounts.ts';
import { createAppStore } from './apps.ts';
import { createAuditLog } from './audit.ts';
import { createClientStore } from './clients.ts';
import type { Database } from './database.ts';
import { createHydraStore } from './hydra-store.ts';
import { createKratosStore } from './kratos-store.ts';
import { createLetterStore } from './letters.ts';
import { createNotificationStore } from './notifications.ts';
import { createConsentStore } from './oidc-consents.ts';
import { createOidcRecords } from './oidc-records.ts';
import { createOutsideUsers } from './outside-users.ts';
import { createTokenStore } from './personal-access-tokens.ts';
import { createStatements } from './pool.ts';
import { createPushStore } from './push-subscriptions.ts';
import { createReportStore } from './reports.ts';
import { createRevocationFeed } from './revocations.ts';
import { createSecondFactorStore } from './second-factors.ts';
import { createServiceAdministration } from './service-administration.ts';
import { createPermissionStore } from './service-permissions.ts';
import { createSessionStore } from './sessions.ts';
import { createSignInStore } from './sign-ins.ts';
import { createUserAdministration } from './user-administration.ts';
import { createUserStore } from './users.ts';
import { createWordStore } from './words.ts';

/** Everything that the app keeps, in PostgreSQL; both use the same connections. */
export function createStores(database: Database, pool: Pool): AuthStores {
  const reads = createStatements(pool);
  const sessions = createSessionStore(database, reads);
  return {
    users: createUserStore(database),
    sessions,
    personalAccessTokens: createTokenStore(database, reads),
    permissions: createPermissionStore(reads),
    servicePermissions: createServiceAdministration(database),
    revocations: createRevocationFeed(database),
    people: createUserAdministration(database),
    audit: createAuditLog(database),
    outsideUsers: createOutsideUsers(database),
    accounts: createAccountStore(database),
    signIns: createSignInStore(database, sessions),
    secondFactors: createSecondFactorStore(database),
    apps: createAppStore(database),
    clients: createClientStore(database),
    words: createWordStore(database),
    reports: createReportStore(database),
    notifications: createNotificationStore(database),
    pushes: createPushStore(database),
    hydra: createHydraStore(database),
    kratos: createKratosStore(database, reads),
    consents: createConsentStore(database),
    oidcRecords: createOidcRecords(database),
    letters: createLetterStore(database),
    check: async () => {
      await database.$queryRaw`SELECT 1`;
    },
  };
}
