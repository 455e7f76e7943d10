import { createTestDatabase, type TestDatabase } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Prisma } from '../src/generated/prisma/client.ts';
import { createDatabase, type Database } from '../src/postgres/database.ts';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase(testDatabase.url);
});

afterAll(async () => {
  await database.$disconnect();
  await testDatabase.drop();
});

describe('the migrations and the Prisma schema', () => {
  const tables = [
    ['app_roles', Prisma.AppRoleScalarFieldEnum, () => database.appRole.findFirst()],
    ['apps', Prisma.AppScalarFieldEnum, () => database.app.findFirst()],
    ['audit_entries', Prisma.AuditEntryScalarFieldEnum, () => database.auditEntry.findFirst()],
    ['clients', Prisma.ClientScalarFieldEnum, () => database.client.findFirst()],
    ['extension_events', Prisma.ExtensionEventScalarFieldEnum, () => database.extensionEvent.findFirst()],
    [
      'finished_challenges',
      Prisma.FinishedChallengeScalarFieldEnum,
      () => database.finishedChallenge.findFirst(),
    ],
    ['hidden_targets', Prisma.HiddenTargetScalarFieldEnum, () => database.hiddenTarget.findFirst()],
    ['hydra_flows', Prisma.HydraFlowScalarFieldEnum, () => database.hydraFlow.findFirst()],
    ['hydra_revocations', Prisma.HydraRevocationScalarFieldEnum, () => database.hydraRevocation.findFirst()],
    ['identities', Prisma.IdentityScalarFieldEnum, () => database.identity.findFirst()],
    ['kratos_sessions', Prisma.KratosSessionScalarFieldEnum, () => database.kratosSession.findFirst()],
    ['kratos_tasks', Prisma.KratosTaskScalarFieldEnum, () => database.kratosTask.findFirst()],
    ['letters', Prisma.LetterScalarFieldEnum, () => database.letter.findFirst()],
    [
      'login_transactions',
      Prisma.LoginTransactionScalarFieldEnum,
      () => database.loginTransaction.findFirst(),
    ],
    [
      'notification_settings',
      Prisma.NotificationSettingsScalarFieldEnum,
      () => database.notificationSettings.findFirst(),
    ],
    ['notifications', Prisma.NotificationScalarFieldEnum, () => database.notification.findFirst()],
    ['oidc_consents', Prisma.OidcConsentScalarFieldEnum, () => database.oidcConsent.findFirst()],
    ['oidc_records', Prisma.OidcRecordScalarFieldEnum, () => database.oidcRecord.findFirst()],
    ['one_time_links', Prisma.OneTimeLinkScalarFieldEnum, () => database.oneTimeLink.findFirst()],
    ['permissions', Prisma.PermissionScalarFieldEnum, () => database.permission.findFirst()],
    [
      'personal_access_tokens',
      Prisma.PersonalAccessTokenScalarFieldEnum,
      () => database.personalAccessToken.findFirst(),
    ],
    ['push_deliveries', Prisma.PushDeliveryScalarFieldEnum, () => database.pushDelivery.findFirst()],
    [
      'push_subscriptions',
      Prisma.PushSubscriptionScalarFieldEnum,
      () => database.pushSubscription.findFirst(),
    ],
    ['rate_counters', Prisma.RateCounterScalarFieldEnum, () => database.rateCounter.findFirst()],
    ['recovery_codes', Prisma.RecoveryCodeScalarFieldEnum, () => database.recoveryCode.findFirst()],
    ['reports', Prisma.ReportScalarFieldEnum, () => database.report.findFirst()],
    ['revocations', Prisma.RevocationScalarFieldEnum, () => database.revocation.findFirst()],
    ['role_permissions', Prisma.RolePermissionScalarFieldEnum, () => database.rolePermission.findFirst()],
    ['roles', Prisma.RoleScalarFieldEnum, () => database.role.findFirst()],
    ['second_factors', Prisma.SecondFactorScalarFieldEnum, () => database.secondFactor.findFirst()],
    [
      'service_permissions',
      Prisma.ServicePermissionScalarFieldEnum,
      () => database.servicePermission.findFirst(),
    ],
    ['sessions', Prisma.SessionScalarFieldEnum, () => database.session.findFirst()],
    ['sign_in_codes', Prisma.SignInCodeScalarFieldEnum, () => database.signInCode.findFirst()],
    ['signing_keys', Prisma.SigningKeyScalarFieldEnum, () => database.signingKey.findFirst()],
    ['suspensions', Prisma.SuspensionScalarFieldEnum, () => database.suspension.findFirst()],
    ['user_roles', Prisma.UserRoleScalarFieldEnum, () => database.userRole.findFirst()],
    ['users', Prisma.UserScalarFieldEnum, () => database.user.findFirst()],
    ['word_phrases', Prisma.WordPhraseScalarFieldEnum, () => database.wordPhrase.findFirst()],
  ] as const;

  it('have the same tables', async () => {
    const rows = await database.$queryRaw<{ name: string }[]>`
      SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = 'auth' AND table_name <> '_prisma_migrations' ORDER BY table_name`;
    expect(rows.map(({ name }) => name)).toEqual(tables.map(([name]) => name));
    expect(tables).toHaveLength(Object.keys(Prisma.ModelName).length);
  });

  it.each(tables)('have the same columns in %s', async (name, fields, selectEveryField) => {
    // Prisma selects each field by its column's name: with as many columns as fields, both are the same.
    await selectEveryField();
    const [row] = await database.$queryRaw<{ columns: number }[]>`
      SELECT count(*)::int AS columns FROM information_schema.columns
      WHERE table_schema = 'auth' AND table_name = ${name}`;
    expect(row?.columns).toBe(Object.keys(fields).length);
  });
});
