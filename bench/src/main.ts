import { auth } from './cases/auth.ts';
import { authenticatedPost } from './cases/authenticated-post.ts';
import { cubes } from './cases/cubes.ts';
import { dataSets } from './cases/data-sets.ts';
import { packageDirty } from './cases/package-dirty.ts';
import { packageLoad } from './cases/package-load.ts';
import { packagePickUp } from './cases/package-pick-up.ts';
import { packagesSearch } from './cases/packages-search.ts';
import { tokenVerification } from './cases/token-verification.ts';
import { cleanUp } from './harness/clean-up.ts';
import { type CaseResult, report } from './harness/report.ts';

const CASES: Readonly<Record<string, () => Promise<CaseResult>>> = {
  'token-verification': tokenVerification,
  'authenticated-post': authenticatedPost,
  'package-load': packageLoad,
  'package-dirty': packageDirty,
  'package-pick-up': packagePickUp,
  'packages-search': packagesSearch,
  'data-sets': dataSets,
  auth,
  cubes,
};

/** Names for several cases at once. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  packages: ['package-load', 'package-dirty', 'package-pick-up', 'packages-search'],
};

const HELP = `Usage: npm run bench [-- CASE…]

Cases: ${Object.keys(CASES).join(', ')} (all when none is named).
Groups: ${Object.entries(GROUPS)
  .map(([name, cases]) => `${name} (${cases.join(', ')})`)
  .join('; ')}.
Every figure stands beside a named peer that was measured in the same run; raw figures go to
bench/results/. The load needs psql on the PATH. BENCH_ROWS sets the rows of package-load and package-dirty
(1000000; results of others are kept apart).

cubes takes about two minutes with 1,000,000 facts. BENCH_FACTS sets other numbers, such as 1000000,10000000,50000000
(half an hour, and 30 GB of disk); beyond ten million the results are kept apart. BENCH_QUERY_TIMEOUT_SECONDS is how long
a question to its read-api may take (60): what is refused for it is counted.

data-sets takes about seven minutes with 10,000, 100,000 and 1,000,000 records on each engine. BENCH_RECORDS takes one
size alone, such as 5000000 (half an hour), BENCH_ENGINE one engine alone (postgres, mongo); their results are kept apart.
`;

const asked = process.argv.slice(2).flatMap((name) => GROUPS[name] ?? [name]);
const unknown = asked.filter((name) => !Object.hasOwn(CASES, name));
if (unknown.length > 0 || asked.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(asked.includes('--help') ? 0 : 2);
}
let isInterrupted = false;
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  // A terminal's Ctrl-C comes twice: from it, and from npm.
  process.on(signal, () => {
    isInterrupted = true;
    void cleanUp().finally(() => process.exit(128 + number));
  });
}
try {
  for (const [name, measure] of Object.entries(CASES)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    await report(await measure());
    await cleanUp();
  }
} catch (error) {
  // A case whose servers were stopped fails, which is no news.
  if (!isInterrupted) throw error;
} finally {
  // Gigabytes of facts and the servers that hold them go, however the run ends.
  await cleanUp();
}
