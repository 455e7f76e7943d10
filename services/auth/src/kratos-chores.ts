import type { AppOptions } from '@flyloft/service-kit';
import type { Chore } from './housekeeping.ts';
import { createImport } from './kratos/import-identities.ts';
import type { KratosMode } from './kratos/kratos-mode.ts';
import type { Database } from './postgres/database.ts';
import { checkKratosSessions, forgetKratosTasks, tellKratos } from './postgres/kratos-chores.ts';
import type { createStores } from './postgres/stores.ts';

/** What is done for Kratos while the service runs. */
export function kratosChores(
  database: Database,
  { kratos: store, signIns }: ReturnType<typeof createStores>,
  mode: KratosMode | undefined,
  logger: AppOptions['logger'],
): Chore[] {
  const forget = { name: 'tasks of Kratos', everySeconds: 3_600, run: () => forgetKratosTasks(database) };
  if (mode === undefined) return [forget];
  const { kratos } = mode;
  return [
    forget,
    { name: 'Kratos', everySeconds: 1, run: () => tellKratos(database, kratos, logger) },
    { name: 'sessions at Kratos', everySeconds: 5, run: () => checkKratosSessions(database, kratos, logger) },
    {
      name: 'people at Kratos',
      everySeconds: 60,
      run: createImport({ kratos, store, signIns, now: () => new Date() }),
    },
  ];
}
