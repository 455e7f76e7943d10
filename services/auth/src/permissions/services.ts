import { SERVICE_ALIASES } from '@flyloft/common';
import { z } from 'zod';

const ENTRY = /^([A-Za-z0-9][A-Za-z0-9._-]{0,99})(?::(.+))?$/;

/** Those that are part of the platform, and are always known. */
export const BUILT_IN_SERVICES: readonly string[] = Object.values(SERVICE_ALIASES);

/** A service that tokens may be made out to, and the module that says what people may do there. */
export interface AllowedService {
  readonly alias: string;
  /** Name of a package, or a path that starts with a dot or slash; none: the rows in the database. */
  readonly module?: string | undefined;
}

/** Entries separated by ";" and trimmed, without the empty ones. */
export const listSchema = z.string().transform((text) =>
  text
    .split(';')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

/** `ALLOWED_SERVICES=alias[:module];alias[:module]` (auth.md A3). */
export const allowedServicesSchema = listSchema
  .pipe(z.array(z.string().regex(ENTRY, 'must be alias or alias:module, separated by ";"')))
  .transform((entries) =>
    entries.map((entry): AllowedService => {
      const [, alias = '', module] = ENTRY.exec(entry) ?? [];
      return { alias, module };
    }),
  );
