import { existsSync } from 'node:fs';
import { loadConfiguration, UsageError } from '@flyloft/service-kit';
import { databaseConfiguration } from '../config.ts';
import { type ImportReport, importPeople } from '../import/import-people.ts';
import { readConductor } from '../import/read-conductor.ts';
import { readDatahq } from '../import/read-datahq.ts';
import { createDatabase } from '../postgres/database.ts';
import { createImportStore } from '../postgres/import-store.ts';
import type { CommandContext } from './usage.ts';

const READERS = { datahq: readDatahq, conductor: readConductor } as const;
const PROGRESS_EVERY = 500;

function linesOf(report: ImportReport, dryRun: boolean): string[] {
  const { read, imported, already_there, renamed, duplicate_emails, refused } = report;
  return [
    `${read} read, ${imported} ${dryRun ? 'would be imported' : 'imported'}, ${already_there} there before, ${refused.length} refused`,
    ...renamed.map(({ line, from, to }) => `line ${line}: the username "${from}" became "${to}"`),
    ...duplicate_emails.map(
      ({ email, lines }) =>
        `lines ${lines.join(', ')}: several people with the address ${email}; each stays a person`,
    ),
    ...refused.map(({ line, reason }) => `line ${line}: refused, because ${reason}`),
  ];
}

/** `import-datahq FILE` and `import-conductor FILE`. */
export function importCommand(from: keyof typeof READERS) {
  return async ([file, ...more]: string[], context: CommandContext): Promise<number> => {
    const { environment, say, tell } = context;
    const { json, 'dry-run': dryRun } = context.options;
    if (file === undefined || more.length > 0) throw new UsageError(`it is import-${from} FILE`);
    if (!existsSync(file)) throw new Error(`There is no file ${file}`);
    const database = createDatabase(loadConfiguration(databaseConfiguration, environment).DATABASE_URL);
    try {
      const onProgress = (read: number) => {
        if (read % PROGRESS_EVERY === 0) tell(`  ${read} people read\r`);
      };
      const report = await importPeople(READERS[from](file), createImportStore(database), {
        dryRun,
        onProgress,
      });
      say(json ? JSON.stringify(report) : linesOf(report, dryRun).join('\n'));
      return report.refused.length === 0 ? 0 : 1;
    } finally {
      await database.$disconnect();
    }
  };
}
