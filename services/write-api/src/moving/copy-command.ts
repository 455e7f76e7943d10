import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type CopyEvent, copyDataSets } from '@flyloft/data-sets';
import { parseOptions, UsageError } from '@flyloft/service-kit';
import { openProgressFile } from './copy-progress-file.ts';
import { type CommandContext, withDataSets } from './open-data-sets.ts';
import { counted, progressLine } from './progress-line.ts';

function readArguments(args: readonly string[]) {
  const { values } = parseOptions({
    args: [...args],
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      name: { type: 'string', multiple: true },
      replace: { type: 'boolean', default: false },
      progress: { type: 'string' },
    },
  });
  const { from, to } = values;
  if (!from || !to) throw new UsageError('copy needs --from URL and --to URL');
  if (from === to) throw new UsageError('--from and --to are the same');
  return { ...values, from, to };
}

function defaultProgressFile(from: string, to: string): string {
  const hash = createHash('sha256').update(`${from} ${to}`).digest('hex').slice(0, 16);
  return join('.flyloft', `copy-${hash}.json`);
}

function textOf(event: CopyEvent): string {
  const { name } = event;
  switch (event.kind) {
    case 'copying':
      return `${name}: ${counted(event.records)} copied`;
    case 'verifying':
      return `${name}: ${counted(event.records)} verified`;
    case 'taken':
      return `✗ ${name}: the target has it already (see --replace)`;
    case 'already_verified':
      return `✓ ${name}: ${counted(event.records)}, verified before`;
    case 'verified': {
      const { records, hash } = event.fingerprint;
      return `✓ ${name}: ${counted(records)}, sha256 ${hash.slice(0, 16)}… on both sides`;
    }
    case 'differs': {
      const sides = `${counted(event.source.records)} here, ${counted(event.target.records)} there`;
      return `✗ ${name}: the copy differs (${sides}); was it written to? Run this again`;
    }
  }
}

function show(line: ReturnType<typeof progressLine>) {
  return (event: CopyEvent): void => {
    const isPassing = event.kind === 'copying' || event.kind === 'verifying';
    (isPassing ? line.passing : line.lasting)(textOf(event));
  };
}

/** `copy --from URL --to URL`; answers the exit status. */
export async function copyCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const { from, to, name: names, replace, progress: path } = readArguments(args);
  const addresses = [
    { url: from, option: '--from' },
    { url: to, option: '--to' },
  ];
  return withDataSets(addresses, async ([source, target]) => {
    if (source === undefined || target === undefined) return 1;
    const progress = await openProgressFile(path ?? defaultProgressFile(from, to));
    const line = progressLine(context);
    const onEvent = show(line);
    const outcome = await copyDataSets({
      ...{ from: source, to: target, progress, replace, onEvent },
      ...(names && { names }),
    });
    const { verified, taken, differing } = outcome;
    const missing = names?.filter((name) => ![...verified, ...taken, ...differing].includes(name)) ?? [];
    for (const name of missing) line.lasting(`✗ ${name}: the source has no such data set`);
    const isWhole = taken.length + differing.length + missing.length === 0;
    if (isWhole) await progress.remove();
    line.lasting(
      `${verified.length} copied and verified, ${taken.length} taken, ${differing.length} differing`,
    );
    return isWhole ? 0 : 1;
  });
}
