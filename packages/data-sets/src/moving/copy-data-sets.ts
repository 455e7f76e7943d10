import type { DataSet } from '../catalogue/data-set.ts';
import type { DataSets } from '../store/store.ts';
import type { CopyEntry, CopyProgress } from './copy-progress.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';

/** What happens during a copy, for whoever watches. */
export type CopyEvent =
  | { readonly kind: 'copying' | 'verifying'; readonly name: string; readonly records: number }
  | { readonly kind: 'verified'; readonly name: string; readonly fingerprint: Fingerprint }
  | { readonly kind: 'already_verified'; readonly name: string; readonly records: number }
  | { readonly kind: 'taken'; readonly name: string }
  | {
      readonly kind: 'differs';
      readonly name: string;
      readonly source: Fingerprint;
      readonly target: Fingerprint;
    };

export interface CopyOptions {
  readonly from: DataSets;
  readonly to: DataSets;
  readonly progress: CopyProgress;
  readonly onEvent: (event: CopyEvent) => void;
  /** Data sets that are in the target already are removed first; otherwise they are left as they are. */
  readonly replace?: boolean;
  /** Only these names; default all. */
  readonly names?: readonly string[];
  readonly pageSize?: number;
}

export interface CopyOutcome {
  readonly verified: readonly string[];
  /** The target had the name, or the pair of group and type, before. */
  readonly taken: readonly string[];
  /** Written to while it was copied. */
  readonly differing: readonly string[];
}

const PAGE_SIZE = 1_000;

/** A token before the last one comes first, and is then rotated: so its grace period goes with it. */
async function withTokens({ to }: CopyOptions, source: DataSet, target: DataSet): Promise<DataSet> {
  const { previousToken, tokenHash } = source;
  if (previousToken === undefined || tokenHash === null || target.tokenHash === tokenHash) return target;
  const rotation = { tokenHash, previousUntil: previousToken.until };
  return (await to.catalogue.rotateToken(target, rotation)) ?? target;
}

/** The target's data set, made when it is not there; undefined when its name or pair belongs to another. */
async function openTarget(
  options: CopyOptions,
  source: DataSet,
  entry: CopyEntry | undefined,
): Promise<{ target: DataSet; entry: CopyEntry } | undefined> {
  const { from, to, progress, replace = false } = options;
  const inTheWay = async () => [
    await to.catalogue.findByName(source.name),
    await to.catalogue.findByPair(source),
  ];
  const [byName, byPair] = await inTheWay();
  const isOurs = entry !== undefined && byName !== undefined && byName.id === byPair?.id;
  if (isOurs && entry.state === 'copying')
    return { target: await withTokens(options, source, byName), entry };
  if ((byName !== undefined || byPair !== undefined) && !isOurs && !replace) return undefined;
  const fresh: CopyEntry = { records: 0, state: 'copying' };
  if (byName) await to.catalogue.remove(byName);
  if (byPair && byPair.id !== byName?.id) await to.catalogue.remove(byPair);
  // Before the data set: one that is there without an entry is somebody else's.
  await progress.write(source.name, fresh);
  const { id: _id, previousToken, ...configuration } = source;
  const made = await to.catalogue.create({
    ...configuration,
    tokenHash: previousToken?.hash ?? source.tokenHash,
  });
  if (made === undefined) return undefined;
  const target = await withTokens(options, source, made);
  const definitions = (await from.transforms.list(source)).map(({ definition }) => definition);
  if (definitions.length > 0) await to.transforms.replace(target, definitions);
  return { target, entry: fresh };
}

async function copyRecords(
  { from, to, progress, onEvent, pageSize = PAGE_SIZE }: CopyOptions,
  source: DataSet,
  target: DataSet,
  entry: CopyEntry,
): Promise<void> {
  let { records } = entry;
  const after = entry.position === undefined ? {} : { after: entry.position };
  onEvent({ kind: 'copying', name: source.name, records });
  for await (const page of from.store.scan(source, { pageSize, ...after })) {
    await to.store.upsert(
      target,
      page.map(({ record }) => record),
    );
    records += page.length;
    // Killed before this line, the page is written once more: the same records by the same ids.
    const position = page.at(-1)?.position;
    await progress.write(source.name, {
      records,
      state: 'copying',
      ...(position !== undefined && { position }),
    });
    onEvent({ kind: 'copying', name: source.name, records });
  }
}

/** Compares count and hash of all records, read back from both sides. */
async function verify(options: CopyOptions, source: DataSet, target: DataSet): Promise<boolean> {
  const { from, to, progress, onEvent, pageSize = PAGE_SIZE } = options;
  const { name } = source;
  const onPage = (records: number) => onEvent({ kind: 'verifying', name, records });
  const expected = await fingerprintOf(from.store, source, pageSize);
  const found = await fingerprintOf(to.store, target, pageSize, onPage);
  const isSame = expected.hash === found.hash && expected.records === found.records;
  await progress.write(name, { records: found.records, state: isSame ? 'verified' : 'differs' });
  if (isSame) onEvent({ kind: 'verified', name, fingerprint: found });
  else onEvent({ kind: 'differs', name, source: expected, target: found });
  return isSame;
}

/**
 * Copies data sets, configurations, transforms and records, from one engine to another, in the order of arrival and
 * with ids and times as they are. Killed at any moment it goes on where it was when it is started with
 * the same progress. Nothing should write to the source meanwhile: what came too late makes a copy
 * differ, and the next run copies that data set anew.
 */
export async function copyDataSets(options: CopyOptions): Promise<CopyOutcome> {
  const outcome = { verified: [] as string[], taken: [] as string[], differing: [] as string[] };
  const known = await options.progress.read();
  const all = await options.from.catalogue.list();
  for (const source of all.filter(({ name }) => options.names?.includes(name) ?? true)) {
    const { name } = source;
    const entry = Object.hasOwn(known, name) ? known[name] : undefined;
    if (entry?.state === 'verified') {
      options.onEvent({ kind: 'already_verified', name, records: entry.records });
      outcome.verified.push(name);
      continue;
    }
    const opened = await openTarget(options, source, entry);
    if (opened === undefined) {
      options.onEvent({ kind: 'taken', name });
      outcome.taken.push(name);
      continue;
    }
    await copyRecords(options, source, opened.target, opened.entry);
    const isSame = await verify(options, source, opened.target);
    (isSame ? outcome.verified : outcome.differing).push(name);
  }
  return outcome;
}
