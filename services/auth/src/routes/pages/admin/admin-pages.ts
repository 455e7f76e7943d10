import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import type { AccountStore } from '../../../accounts/account-store.ts';
import type { AppStore } from '../../../apps/app-store.ts';
import type { AuditLog } from '../../../audit/audit.ts';
import type { ClientStore } from '../../../clients/client-store.ts';
import type { KeyAdministration } from '../../../keys/key-administration.ts';
import type { LetterStore } from '../../../mail/outbox.ts';
import { AREAS } from '../../../pages/admin/frame.ts';
import { homePage } from '../../../pages/admin/home-page.ts';
import type { ServiceAdministration } from '../../../permissions/service-administration.ts';
import type { SessionStore } from '../../../sessions/session.ts';
import type { SignInDependencies } from '../../../sign-in/sign-in-service.ts';
import type { Directory } from '../../../users/directory.ts';
import type { UserAdministration } from '../../../users/user-administration.ts';
import type { UserStore } from '../../../users/user-store.ts';
import { appScreens } from './app-screens.ts';
import { auditScreen } from './audit-screen.ts';
import { clientScreens } from './client-screens.ts';
import { keysScreen } from './keys-screen.ts';
import { roleScreens } from './role-screens.ts';
import { type Screen, screenEndpoints } from './screen.ts';
import { serviceScreens } from './service-screens.ts';
import { userScreen } from './user-screen.ts';
import { newUserScreen, usersScreen } from './users-screens.ts';

/** What the pages of administration show and change. */
export interface AdminPagesDependencies {
  readonly signIn: SignInDependencies;
  readonly people: UserAdministration;
  readonly directory: Directory;
  readonly users: UserStore;
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly audit: AuditLog;
  readonly apps: AppStore;
  readonly clients: ClientStore;
  readonly keys: KeyAdministration;
  readonly services: ReadonlySet<string>;
  readonly permissionModules: ReadonlyMap<string, unknown>;
  readonly servicePermissions: ServiceAdministration;
  readonly letters: LetterStore;
  readonly now: () => Date;
}

const homeScreen = (letters: LetterStore): Screen => ({
  ...{ path: '/admin', summary: 'What there is to administer' },
  show: async (visit) => homePage(visit, visit.may('user:create:any') ? await letters.trouble() : undefined),
  requirement: { any: [...new Set(AREAS.flatMap(({ permissions }) => permissions))] },
});

/** Plain pages for what the endpoints of `/admin` do. */
export function adminPageEndpoints(deps: AdminPagesDependencies): Endpoint[] {
  const screens = [
    homeScreen(deps.letters),
    ...[usersScreen(deps), newUserScreen(deps), userScreen(deps)],
    ...roleScreens(deps),
    ...appScreens(deps),
    ...clientScreens(deps),
    ...serviceScreens(deps),
    ...[keysScreen(deps), auditScreen(deps)],
  ];
  return screens.flatMap((screen) => screenEndpoints(deps.signIn, screen));
}

const PAGES = new Map(AREAS.map(({ path }) => [path.replace('/pages/', '/'), path]));

/** Who opens an address of the API in a browser gets the page of the same thing. */
export const leadBrowsersToPages: RequestHandler = (req, res, next) => {
  const page = req.method === 'GET' && !req.get('authorization') ? PAGES.get(req.path) : undefined;
  if (page !== undefined && req.accepts(['json', 'html']) === 'html') return void res.redirect(302, page);
  next();
};
