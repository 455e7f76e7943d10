import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DataFolder } from './data-folder.ts';
import { ExpectedError } from './expected-error.ts';
import { repositoryRoot } from './repository-root.ts';

const run = promisify(execFile);

/** The line that auth's command `create-administrator` prints. */
type Outcome =
  | { readonly created: true; readonly token: string; readonly sign_in_url: string }
  | { readonly created: false; readonly sign_in_link_used: boolean };

export interface Administrator {
  readonly token: string;
  /** The one-time link, while nobody has used it. */
  readonly signInUrl?: string;
}

async function runCommand(environment: Readonly<Record<string, string>>): Promise<Outcome> {
  const script = join(repositoryRoot, 'services/auth/dist/commands/create-administrator.js');
  const { stdout } = await run(process.execPath, ['--enable-source-maps', script], { env: environment });
  // our own command, in the form that its documentation gives
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Outcome;
}

/** Makes the first administrator on the first start; later ones find the token where it was kept. */
export async function ensureAdministrator(
  folder: DataFolder,
  environment: Readonly<Record<string, string>>,
): Promise<Administrator> {
  const outcome = await runCommand(environment);
  if (outcome.created) {
    const administrator = { token: outcome.token, signInUrl: outcome.sign_in_url };
    await folder.saveSecrets({ ...folder.secrets, administrator });
    return administrator;
  }
  const kept = folder.secrets.administrator;
  if (kept === undefined) {
    throw new ExpectedError(
      `The database already has an administrator, but ${folder.path} does not hold the token.\n` +
        'Use the data folder that belongs to this database, or an empty database.',
    );
  }
  if (outcome.sign_in_link_used || kept.signInUrl === undefined) return { token: kept.token };
  return { token: kept.token, signInUrl: atOrigin(kept.signInUrl, environment.EXTERNAL_ADDRESS) };
}

/** The link as kept, at the platform's address of today: ports may have changed since it was made. */
export function atOrigin(link: string, origin: string | undefined): string {
  const { pathname, search } = new URL(link);
  return new URL(`${pathname}${search}`, origin ?? link).href;
}
