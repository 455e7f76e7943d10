import type { AuthStores } from '../app.ts';
import type { Database } from './database.ts';
import { createTokenStore } from './personal-access-tokens.ts';
import { createPermissionStore } from './service-permissions.ts';
import { createSessionStore } from './sessions.ts';
import { createUserStore } from './users.ts';

/** Everything that the app keeps, in PostgreSQL. */
export function createStores(database: Database): AuthStores {
  return {
    users: createUserStore(database),
    sessions: createSessionStore(database),
    personalAccessTokens: createTokenStore(database),
    permissions: createPermissionStore(database),
    check: async () => {
      await database.$queryRaw`SELECT 1`;
    },
  };
}
