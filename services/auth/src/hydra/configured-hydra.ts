import type { Configuration } from '../config.ts';
import { createHydraClient } from './hydra-client.ts';
import type { HydraMode } from './hydra-mode.ts';

/** What the configuration says about Hydra; undefined: there is none. */
export function hydraMode(config: Configuration): HydraMode | undefined {
  const { HYDRA_ADMIN_URL: adminUrl, HYDRA_PUBLIC_URL: publicUrl } = config;
  if (adminUrl === undefined || publicUrl === undefined) return undefined;
  return {
    hydra: createHydraClient({ adminUrl }),
    publicOrigin: new URL(publicUrl).origin,
    requestSeconds: config.HYDRA_REQUEST_TTL,
    allowUnknownApps: config.HYDRA_UNKNOWN_APPS === 'allow',
    hookKey: config.HYDRA_HOOK_KEY,
  };
}
