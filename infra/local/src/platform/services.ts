/** The services of the platform in the order in which they are started. */
export const SERVICES = ['auth', 'write-api', 'read-api', 'package-conductor', 'package-worker'] as const;

export type ServiceName = (typeof SERVICES)[number];

/** The database role that each service connects as (infra/postgres/roles.sql). */
export const DATABASE_ROLES: Readonly<Record<ServiceName, string>> = {
  auth: 'flyloft_auth',
  'write-api': 'flyloft_write_api',
  'read-api': 'flyloft_read_api',
  'package-conductor': 'flyloft_conductor',
  'package-worker': 'flyloft_worker',
};
