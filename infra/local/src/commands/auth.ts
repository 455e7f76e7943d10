import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Secrets } from '../platform/data-folder.ts';
import { HOST, portsFrom } from '../platform/ports.ts';
import { repositoryRoot } from '../platform/repository-root.ts';
import { DATABASE_ROLES } from '../platform/services.ts';

/** Where no database is named, the one of the platform that `npm start` keeps in `.flyloft`. */
function useLocalPlatform(): void {
  const file = join(repositoryRoot, '.flyloft/secrets.json');
  let secrets: Secrets;
  try {
    // written by the data folder alone
    secrets = JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  } catch {
    return;
  }
  const { database, gateway } = portsFrom(process.env.PORT_BASE);
  const user = `${DATABASE_ROLES.auth}:${secrets.databasePassword}`;
  process.env.DATABASE_URL = `postgres://${user}@${HOST}:${database}/flyloft`;
  process.env.KEY_ENCRYPTION_KEY ||= secrets.keyEncryptionKey;
  process.env.EXTERNAL_ADDRESS ||= `http://${HOST}:${gateway}`;
}

if (!process.env.DATABASE_URL) useLocalPlatform();
// The command is auth's, which the root commands may run but not import by name.
await import(join(repositoryRoot, 'services/auth/dist/commands/auth.js'));
