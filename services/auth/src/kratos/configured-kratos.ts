import type { KratosConfiguration } from '../kratos-configuration.ts';
import { createKratosClient } from './kratos-client.ts';
import type { KratosMode } from './kratos-mode.ts';

/** What the configuration says about Kratos; undefined: there is none. */
export function kratosMode(config: KratosConfiguration): KratosMode | undefined {
  const { KRATOS_ADMIN_URL: adminUrl, KRATOS_PUBLIC_URL: publicUrl } = config;
  if (adminUrl === undefined || publicUrl === undefined) return undefined;
  return {
    kratos: createKratosClient({ publicUrl, adminUrl, schemaId: config.KRATOS_SCHEMA_ID }),
    publicUrl: publicUrl.replace(/\/+$/, ''),
    sessionCookie: config.KRATOS_SESSION_COOKIE,
    providerOrigins: config.KRATOS_PROVIDER_ORIGINS,
  };
}
