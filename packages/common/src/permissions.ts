/** The services that tokens are made out to (auth.md A7.1): the `aud` and `service` claims. */
export const SERVICE_ALIASES = {
  /** package-conductor, and read-api's cubes. */
  datastore: 'os.datastore',
  /** write-api and read-api. */
  dataSets: 'data-sets',
} as const;

export type ServiceAlias = (typeof SERVICE_ALIASES)[keyof typeof SERVICE_ALIASES];

/** Every permission name a service token may carry. A requirement that names another fails at start. */
export const PERMISSIONS = ['datapackage-upload', 'write', 'read-unpublished', 'admin', 'moderate'] as const;

export type Permission = (typeof PERMISSIONS)[number];
