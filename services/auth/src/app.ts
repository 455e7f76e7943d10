import { createOutsideTokens, createUserTokenVerifier, type OutsideTokens } from '@flyloft/common';
import {
  type AppOptions,
  createServiceApp,
  type RateCounters,
  type ServiceMetrics,
} from '@flyloft/service-kit';
import type { Express } from 'express';
import type { AccountStore } from './accounts/account-store.ts';
import type { AppStore } from './apps/app-store.ts';
import type { AuditLog } from './audit/audit.ts';
import type { ClientStore } from './clients/client-store.ts';
import { type CommunityOptions, createCommunity } from './community.ts';
import type { Extensions } from './extensions/extensions.ts';
import { personOf } from './extensions/person.ts';
import type { HydraMode } from './hydra/hydra-mode.ts';
import type { HydraStore } from './hydra/hydra-store.ts';
import type { KeyAdministration } from './keys/key-administration.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { createKratosDirectory } from './kratos/kratos-directory.ts';
import type { KratosMode } from './kratos/kratos-mode.ts';
import type { KratosStore } from './kratos/kratos-store.ts';
import { type Limits, NO_LIMITS } from './limits/limits.ts';
import type { LetterStore } from './mail/outbox.ts';
import type { ReportStore } from './moderation/reports.ts';
import type { WordStore } from './moderation/words.ts';
import type { NotificationStore } from './notices/notifications.ts';
import type { ConsentStore } from './oidc/consent-store.ts';
import type { OidcRecords } from './oidc/record-store.ts';
import { createSingleSignOn } from './oidc/single-sign-on.ts';
import type { PermissionModule } from './permissions/permission-modules.ts';
import type { ServiceAdministration } from './permissions/service-administration.ts';
import type { PermissionStore } from './permissions/service-permissions.ts';
import { BUILT_IN_SERVICES } from './permissions/services.ts';
import type { PushStore } from './push/push-subscriptions.ts';
import type { RevocationFeed } from './revocations/revocation-feed.ts';
import { createRecoveryLinkEndpoint } from './routes/admin/create-recovery-link.ts';
import { createTokenEndpoint } from './routes/admin/create-token.ts';
import { createUserEndpoint } from './routes/admin/create-user.ts';
import { auditEndpoint } from './routes/admin/list-audit.ts';
import { listUsersEndpoint } from './routes/admin/list-users.ts';
import { appRoleEndpoints } from './routes/admin/manage-app-roles.ts';
import { appEndpoints } from './routes/admin/manage-apps.ts';
import { clientEndpoints } from './routes/admin/manage-clients.ts';
import { keyAdministrationEndpoints } from './routes/admin/manage-keys.ts';
import { roleEndpoints } from './routes/admin/manage-roles.ts';
import { serviceEndpoints } from './routes/admin/manage-services.ts';
import { oneUserEndpoints } from './routes/admin/one-user.ts';
import { setRolesEndpoint } from './routes/admin/set-roles.ts';
import { suspensionEndpoints } from './routes/admin/suspend-user.ts';
import { userSessionEndpoints } from './routes/admin/user-sessions.ts';
import { authorizeEndpoints } from './routes/auth/authorize.ts';
import { checkEndpoints } from './routes/auth/check.ts';
import { revocationsEndpoint } from './routes/auth/list-revocations.ts';
import { ownTokenEndpoints } from './routes/auth/own-tokens.ts';
import { keyEndpoints } from './routes/auth/show-keys.ts';
import { communityEndpoints } from './routes/community-endpoints.ts';
import { cors } from './routes/cors.ts';
import { hydraEndpoints } from './routes/hydra/endpoints.ts';
import { sessionTokenHeader } from './routes/kratos/session-token-header.ts';
import { singleSignOnEndpoints } from './routes/oidc/single-sign-on-endpoints.ts';
import { adminPageEndpoints, leadBrowsersToPages } from './routes/pages/admin/admin-pages.ts';
import { allSignInEndpoints } from './routes/sign-in-endpoints.ts';
import { registerEndpoint } from './routes/users/register.ts';
import type { SecondFactorStore } from './second-factor/second-factor.ts';
import { sessionCookie } from './sessions/cookie.ts';
import type { SessionStore } from './sessions/session.ts';
import { createSignIn, type SignInOptions } from './sign-in/create-sign-in.ts';
import type { SignInStore } from './sign-in/sign-in-store.ts';
import { createTokenIssuer } from './tokens/issue-tokens.ts';
import type { TokenStore } from './tokens/token-store.ts';
import { createLocalDirectory } from './users/local-directory.ts';
import type { OutsideUsers } from './users/outside-users.ts';
import type { User } from './users/user.ts';
import type { UserAdministration } from './users/user-administration.ts';
import type { UserStore } from './users/user-store.ts';

/** Where auth's data lives. */
export interface AuthStores {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly personalAccessTokens: TokenStore;
  readonly permissions: PermissionStore;
  readonly servicePermissions: ServiceAdministration;
  readonly revocations: RevocationFeed;
  readonly people: UserAdministration;
  readonly audit: AuditLog;
  readonly outsideUsers: OutsideUsers;
  readonly accounts: AccountStore;
  readonly signIns: SignInStore;
  readonly secondFactors: SecondFactorStore;
  readonly apps: AppStore;
  readonly clients: ClientStore;
  readonly words: WordStore;
  readonly reports: ReportStore;
  readonly notifications: NotificationStore;
  readonly pushes: PushStore;
  readonly hydra: HydraStore;
  readonly kratos: KratosStore;
  readonly consents: ConsentStore;
  readonly oidcRecords: OidcRecords;
  readonly letters: LetterStore;
  readonly check: () => Promise<void>;
}

export interface AuthDependencies {
  /** The public origin: issuer of tokens, start of links. */
  readonly origin: string;
  readonly keyRing: KeyRing;
  readonly keys: KeyAdministration;
  readonly stores: AuthStores;
  /** Beside the built-in services. */
  readonly allowedServices: readonly string[];
  /** Of those services that have one, by alias. */
  readonly permissionModules?: ReadonlyMap<string, PermissionModule>;
  readonly extensions?: Pick<Extensions, 'claimsFor'>;
  /** Of other issuers that are trusted; default none. */
  readonly outsideTokens?: OutsideTokens;
  readonly limits?: Limits;
  /** What the limits of sign-in count with; default: each process for itself. */
  readonly counters?: RateCounters;
  readonly serviceTokenSeconds: number;
  /** `KEY_ENCRYPTION_KEY`. */
  readonly secret: string;
  /** How people sign in. */
  readonly signIn?: SignInOptions;
  /** Reports, words, notices: what an operator decides about them. */
  readonly community?: CommunityOptions;
  /** Ory Hydra, whose sign-in, consent and sign-out pages are then here. */
  readonly hydra?: HydraMode | undefined;
  /** Ory Kratos, which then keeps the people and how they sign in. */
  readonly kratos?: KratosMode | undefined;
  /** Other origins whose scripts may ask. */
  readonly corsOrigins?: ReadonlySet<string>;
  readonly logger: AppOptions['logger'];
  readonly metrics: ServiceMetrics;
  readonly version: string;
  readonly trustedProxies?: number;
  /** Default: the database alone. */
  readonly healthChecks?: AppOptions['healthChecks'];
  readonly isStopping?: () => boolean;
  readonly now?: () => Date;
}

const DESCRIPTION = 'Who people are, what they may do, and the tokens that say so';

/** Auth's Express app. Pure: it neither listens nor reads the environment. */
export function createApp(deps: AuthDependencies): Express {
  const { origin, keyRing, stores, serviceTokenSeconds, now = () => new Date() } = deps;
  const { users, sessions, personalAccessTokens, permissions, people } = stores;
  const services = new Set([...BUILT_IN_SERVICES, ...deps.allowedServices]);
  const userTokens = createUserTokenVerifier({
    issuer: origin,
    keys: { kind: 'current', jwks: () => keyRing.jwks },
    clock: () => now().getTime(),
  });
  const { outsideTokens = createOutsideTokens([]), limits = NO_LIMITS } = deps;
  const { outsideUsers } = stores;
  const { permissionModules = new Map(), extensions } = deps;
  const extraClaims =
    extensions && ((user: User, service: string) => extensions.claimsFor(personOf(user), service));
  const issuer = createTokenIssuer({ issuer: origin, keyRing, serviceTokenSeconds, extraClaims, now });
  const singleSignOn = createSingleSignOn({
    ...{ origin, keyRing, services, users, now, secret: deps.secret },
    ...{ apps: stores.apps, clients: stores.clients, consents: stores.consents, records: stores.oidcRecords },
    signOut: async ({ id, user }, res) => {
      await sessions.revoke(user.id, id, now(), { actor: user.id });
      const { name, options } = sessionCookie(origin);
      res.clearCookie(name, options);
    },
  });
  const signIn = createSignIn({
    origin,
    kratos: deps.kratos,
    secret: deps.secret,
    options: deps.signIn ?? {},
    stores,
    issuer,
    counters: deps.counters,
    originsOf: singleSignOn.originsOf,
    hydra: deps.hydra,
    now,
  });
  const { kratos } = signIn;
  const parts = { ...signIn, people };
  const directory = kratos ? createKratosDirectory({ ...parts, kratos }) : createLocalDirectory(parts);
  const sources = {
    ...{ userTokens, sessions, personalAccessTokens, outsideTokens, outsideUsers, kratos, limits, now },
  };
  return createServiceApp({
    service: { name: 'auth', version: deps.version, description: DESCRIPTION },
    logger: deps.logger,
    metrics: deps.metrics,
    healthChecks: deps.healthChecks ?? [{ name: 'database', check: stores.check }],
    trustedProxies: deps.trustedProxies ?? 0,
    isStopping: deps.isStopping ?? (() => false),
    before: [
      ...[cors(deps.corsOrigins ?? new Set()), leadBrowsersToPages],
      ...(kratos ? [sessionTokenHeader] : []),
    ],
    endpoints: [
      ...authorizeEndpoints({ sources, limits, origin, permissions, permissionModules, issuer, services }),
      ...keyEndpoints(keyRing),
      revocationsEndpoint(stores.revocations),
      createUserEndpoint(sources, directory),
      createRecoveryLinkEndpoint(sources, users, directory),
      createTokenEndpoint({ sources, users, services, now }),
      listUsersEndpoint({ sources, people, directory, now }),
      ...oneUserEndpoints({ sources, people, directory, users, accounts: stores.accounts, now }),
      ...userSessionEndpoints({ sources, users, sessions, now }),
      setRolesEndpoint({ sources, people, now }),
      ...suspensionEndpoints({ sources, people, now }),
      ...roleEndpoints({ sources, people }),
      ...keyAdministrationEndpoints({ sources, keys: deps.keys, now }),
      ...appEndpoints({ sources, apps: stores.apps }),
      ...appRoleEndpoints({ sources, apps: stores.apps }),
      ...clientEndpoints({ sources, clients: stores.clients }),
      ...serviceEndpoints({
        ...{ sources, services, permissionModules },
        servicePermissions: stores.servicePermissions,
      }),
      auditEndpoint(sources, stores.audit),
      registerEndpoint({ outsideTokens, outsideUsers, now }),
      ...ownTokenEndpoints({ sources, services, now }),
      ...checkEndpoints(sources, origin, signIn),
      ...adminPageEndpoints({
        ...stores,
        directory,
        signIn,
        keys: deps.keys,
        services,
        permissionModules,
        now,
      }),
      ...singleSignOnEndpoints({
        ...{ ...signIn, sources, singleSignOn, tokenRequests: limits.tokenRequests },
        ...{ clients: stores.clients, consents: stores.consents },
      }),
      ...communityEndpoints(createCommunity({ ...deps, signIn, sources, options: deps.community ?? {} })),
      ...(deps.hydra
        ? hydraEndpoints({ ...signIn, ...deps.hydra, apps: stores.apps, hydraStore: stores.hydra })
        : []),
      ...allSignInEndpoints(
        { ...signIn, consents: stores.consents, personalAccessTokens, services },
        sources,
        (target) => stores.reports.isHidden({ kind: 'user', target }),
      ),
    ],
  });
}
