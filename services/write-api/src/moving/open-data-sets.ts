import { ProblemError } from '@flyloft/common';
import { createMongoDataSets, createPostgresDataSets, type DataSets } from '@flyloft/data-sets';
import { UsageError } from '@flyloft/service-kit';

/** What a command line command works with, apart from its arguments. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly output: { readonly isTTY?: boolean; readonly write: (text: string) => unknown };
}

/** Nobody waits behind these queries, and indexes over old data take their time. */
const QUERY_TIMEOUT_SECONDS = 600;

function engineOf(url: string, option: string): DataSets {
  const queryTimeoutSeconds = QUERY_TIMEOUT_SECONDS;
  if (/^mongodb(\+srv)?:\/\//.test(url)) return createMongoDataSets({ url, queryTimeoutSeconds });
  if (/^postgres(ql)?:\/\//.test(url)) {
    return createPostgresDataSets({ connectionString: url, queryTimeoutSeconds });
  }
  throw new UsageError(`${option} must begin with postgres:// or mongodb://`);
}

/** The address without what nobody should read over a shoulder. */
function shown(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//…@');
}

async function checkReady(dataSets: DataSets, url: string): Promise<void> {
  try {
    await dataSets.catalogue.list();
  } catch (error) {
    const reason =
      error instanceof ProblemError && error.status === 404
        ? 'it has no schema data_sets (run "npm run migrate" first)'
        : error instanceof Error
          ? error.message
          : String(error);
    throw new Error(`${shown(url)} cannot be used: ${reason}`, { cause: error });
  }
}

/** Runs work on engines that answer, and closes them. */
export async function withDataSets<T>(
  addresses: readonly { readonly url: string; readonly option: string }[],
  work: (opened: readonly DataSets[]) => Promise<T>,
): Promise<T> {
  const opened: DataSets[] = [];
  try {
    for (const { url, option } of addresses) {
      const dataSets = engineOf(url, option);
      opened.push(dataSets);
      await checkReady(dataSets, url);
    }
    return await work(opened);
  } finally {
    await Promise.all(opened.map((dataSets) => dataSets.close()));
  }
}
