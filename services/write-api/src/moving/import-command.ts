import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { type ImportEvent, importBackdrop } from '@flyloft/data-sets';
import { parseOptions, UsageError } from '@flyloft/service-kit';
import { readDump } from './backdrop/read-dump.ts';
import { type CommandContext, withDataSets } from './open-data-sets.ts';
import { counted, progressLine } from './progress-line.ts';

/** Of each collection; --report has them all. */
const MOST_SHOWN = 10;

function readArguments(args: readonly string[], { environment }: CommandContext) {
  const { values, positionals } = parseOptions({
    args: [...args],
    allowPositionals: true,
    options: {
      to: { type: 'string' },
      configurations: { type: 'string' },
      report: { type: 'string' },
    },
  });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new UsageError('import-backdrop needs one folder');
  const to = values.to ?? (environment.MONGO_URL || environment.DATABASE_URL);
  if (!to) throw new UsageError('import-backdrop needs --to URL, or MONGO_URL or DATABASE_URL');
  return { to, folder, configurations: values.configurations ?? join(folder, 'data-sets.json'), ...values };
}

/** Tells the events on the screen, the first refusals of each collection and then only their number. */
function show(line: ReturnType<typeof progressLine>, report: (refusal: object) => void) {
  const shown = new Map<string, number>();
  return (event: ImportEvent): void => {
    const { kind, collection } = event;
    if (kind === 'taking') line.passing(`${collection}: ${counted(event.records)}`);
    else if (kind === 'taken') {
      const mark = event.refused === 0 ? '✓' : '✗';
      const refused = event.refused === 0 ? '' : `, ${event.refused} not taken`;
      line.lasting(`${mark} ${collection}: ${counted(event.records)}${refused}`);
    } else {
      const { document, reason } = event;
      report({ collection, document, reason });
      const count = (shown.get(collection) ?? 0) + 1;
      shown.set(collection, count);
      if (count <= MOST_SHOWN) line.lasting(`  ${collection} ${document ?? ''}: ${reason}`);
      if (count === MOST_SHOWN + 1) line.lasting(`  ${collection}: … and more (see --report)`);
    }
  };
}

/** `import-backdrop DIR`; answers the exit status. */
export async function importCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const { to, folder, configurations, report: reportPath } = readArguments(args, context);
  const dump = await readDump(folder, configurations);
  const report = reportPath === undefined ? undefined : createWriteStream(reportPath);
  return withDataSets([{ url: to, option: '--to' }], async ([target]) => {
    if (target === undefined) return 1;
    const line = progressLine(context);
    const onEvent = show(line, (refusal) => report?.write(`${JSON.stringify(refusal)}\n`));
    const { dataSets, records, refused } = await importBackdrop({ dump, to: target, onEvent });
    line.lasting(`${dataSets} data sets, ${counted(records)} taken, ${refused} not taken`);
    if (report) await finished(report.end());
    return refused === 0 ? 0 : 1;
  });
}
