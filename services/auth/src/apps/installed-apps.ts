import { ProblemError } from '@flyloft/common';
import { clientMetadataSchema } from '../clients/client-schema.ts';
import type { ClientStore } from '../clients/client-store.ts';
import { listOf } from '../parsed.ts';
import { newAppSchema } from './app.ts';
import type { AppStore } from './app-store.ts';

/** An application that is registered when the service starts, with a public client of the same name. */
export interface InstalledApp {
  readonly slug: string;
  readonly name: string;
  readonly redirectUri: string;
}

/**
 * `slug|name|redirect URI;…`
 * @throws {Error} naming the entry that is wrong.
 */
export function installedApps(text: string): InstalledApp[] {
  return listOf(text).map((entry) => {
    const [slug = '', name = '', redirectUri = ''] = entry.split('|').map((part) => part.trim());
    const app = newAppSchema.safeParse({ slug, name, url: redirectUri });
    const client = clientMetadataSchema.safeParse({ client_name: name, redirect_uris: [redirectUri] });
    if (!app.success || !client.success) {
      throw new Error(`"${entry}" is not like uploads|Upload pages|https://data.example/_user/authorized`);
    }
    return { slug, name, redirectUri };
  });
}

const PLATFORM = { actor: null } as const;

/** Does nothing where it is there already, also when another replica was faster. */
async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'conflict') throw error;
  }
}

/** Registers what is not there yet; an address that has changed is followed. */
export async function ensureInstalledApps(
  { apps, clients }: { readonly apps: AppStore; readonly clients: ClientStore },
  installed: readonly InstalledApp[],
): Promise<void> {
  for (const { slug, name, redirectUri } of installed) {
    const metadata = clientMetadataSchema.parse({
      ...{ client_name: name, app: slug, redirect_uris: [redirectUri] },
      token_endpoint_auth_method: 'none',
    });
    await unlessThere(() =>
      apps.create(newAppSchema.parse({ slug, name, url: new URL(redirectUri).origin }), PLATFORM),
    );
    await unlessThere(() => clients.create({ id: slug, secretHash: null, metadata }, PLATFORM));
    const known = await clients.find(slug);
    if (known?.metadata.redirect_uris.includes(redirectUri)) continue;
    await clients.replace(slug, { ...metadata, ...known?.metadata, redirect_uris: [redirectUri] }, PLATFORM);
  }
}
