import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { repositoryRoot } from './repository-root.ts';
import { DATABASE_ROLES, type ServiceName } from './services.ts';

/**
 * Makes the services' database roles with their rights (infra/postgres/roles.sql) and gives them the
 * password; answers each service's connection string.
 */
export async function createDatabaseRoles(
  superuserUrl: string,
  password: string,
): Promise<Readonly<Record<ServiceName, string>>> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query(await readFile(join(repositoryRoot, 'infra/postgres/roles.sql'), 'utf8'));
    for (const role of Object.values(DATABASE_ROLES)) {
      await client.query(`ALTER ROLE ${role} PASSWORD ${client.escapeLiteral(password)}`);
    }
  } finally {
    await client.end();
  }
  const urlFor = (role: string) => {
    const url = new URL(superuserUrl);
    url.username = role;
    url.password = password;
    return url.href;
  };
  return Object.fromEntries(
    Object.entries(DATABASE_ROLES).map(([service, role]) => [service, urlFor(role)]),
    // DATABASE_ROLES has every service as a key
  ) as Record<ServiceName, string>;
}
