import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@flyloft/local';
import { median, ratios } from './statistics.ts';

/** One figure: ours against a named peer that was measured in the same run, round by round. */
export interface Comparison {
  readonly name: string;
  readonly peer: string;
  readonly unit: 'seconds' | 'per second';
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** What the ratio should be, such as `≤ 0.5`; absent where no target is set. */
  readonly target?: string;
  /** Why the ratio is what it is, where it falls short. */
  readonly note?: string;
}

export interface CaseResult {
  readonly case: string;
  readonly comparisons: readonly Comparison[];
  /** Other measurements of the same run, such as `{ 'peak memory of the worker, MB': 410 }`. */
  readonly facts?: Readonly<Record<string, number | string>>;
}

const rounded = (value: number) => Number(value.toPrecision(4));

function summary({ name, peer, unit, ours, theirs, target, note }: Comparison): string {
  const ratio = median(ratios(ours, theirs));
  const goal = target === undefined ? '' : `   target ${target}`;
  return `  ${name}: ${rounded(median(ours))} ${unit}; ${peer}: ${rounded(median(theirs))}; ratio ${rounded(ratio)}${goal}${note === undefined ? '' : `\n    (${note})`}`;
}

/** Prints a case and keeps its raw figures in `bench/results/`. */
export async function report(result: CaseResult): Promise<void> {
  process.stdout.write(`\n${result.case}\n`);
  for (const comparison of result.comparisons) process.stdout.write(`${summary(comparison)}\n`);
  for (const [name, value] of Object.entries(result.facts ?? {}))
    process.stdout.write(`  ${name}: ${value}\n`);

  const machine = {
    cores: availableParallelism(),
    load_average: rounded(loadavg()[0] ?? 0),
    memory_gib: Math.round(totalmem() / 1024 ** 3),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  };
  const comparisons = result.comparisons.map((comparison) => ({
    ...comparison,
    ratio: rounded(median(ratios(comparison.ours, comparison.theirs))),
  }));
  const folder = join(repositoryRoot, 'bench/results');
  await mkdir(folder, { recursive: true });
  const content = {
    case: result.case,
    date: new Date().toISOString(),
    machine,
    comparisons,
    facts: result.facts,
  };
  await writeFile(join(folder, `${result.case}.json`), `${JSON.stringify(content, undefined, 2)}\n`);
}
