import { resolve } from 'node:path';

/** The root of the checkout: four folders above this file, in `src/` and in `dist/` alike. */
export const repositoryRoot = resolve(import.meta.dirname, '../../../..');
