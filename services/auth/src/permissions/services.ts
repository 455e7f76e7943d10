import { SERVICE_ALIASES } from '@flyloft/common';
import { z } from 'zod';

const ALIAS = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Those that are part of the platform, and are always known. */
export const BUILT_IN_SERVICES: readonly string[] = Object.values(SERVICE_ALIASES);

/** `ALLOWED_SERVICES=alias;alias`: further services that tokens may be made out to. */
export const allowedServicesSchema = z
  .string()
  .transform((text) =>
    text
      .split(';')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .pipe(z.array(z.string().regex(ALIAS, 'must be service aliases separated by ";"')));
