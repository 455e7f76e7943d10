import { NO_ACCESS, roleIn } from '../apps/app.ts';
import type { AppStore } from '../apps/app-store.ts';
import type { User } from '../users/user.ts';
import type { Entry } from './consent-rules.ts';
import type { HydraClient } from './requests.ts';

/** The registered application behind a client: named by `metadata.app`, else by the client id (auth.md A7.12). */
export function slugOf({ client_id: id, metadata }: Pick<HydraClient, 'client_id' | 'metadata'>): string {
  return typeof metadata.app === 'string' && metadata.app !== '' ? metadata.app : id;
}

export interface EntryRules {
  readonly apps: Pick<AppStore, 'find' | 'roleGiven'>;
  /** `HYDRA_UNKNOWN_APPS=allow`: everybody may go where no application is registered. */
  readonly allowUnknownApps: boolean;
}

/** Whether somebody may go into an application, and as what (C3). */
export async function entryTo(
  { apps, allowUnknownApps }: EntryRules,
  slug: string,
  user: User,
): Promise<Entry> {
  const app = await apps.find(slug);
  if (app === undefined) {
    return allowUnknownApps
      ? { allowed: true, role: undefined }
      : { allowed: false, reason: 'the application is not registered' };
  }
  const role = roleIn(app, user, await apps.roleGiven(slug, user.id));
  return role === NO_ACCESS ? { allowed: false, reason: 'no access' } : { allowed: true, role };
}
