import type { DataSet, NewDataSet } from '../catalogue/data-set.ts';
import type { MovedRecord } from '../records/record.ts';
import type { DataSets } from '../store/store.ts';
import { readBackdropConfiguration } from './read-configuration.ts';
import { type BackdropDocument, readBackdropDocument } from './read-document.ts';

/** A document that a dump holds, or why it could not be read. */
export type DumpItem = { readonly document: BackdropDocument } | { readonly reason: string };

/** Port: what Backdrop left behind. */
export interface BackdropDump {
  /** Configurations in Stagecraft's JSON, not checked yet. */
  readonly configurations: readonly unknown[];
  /** The collections of the dump, by name. */
  readonly collections: ReadonlyMap<string, () => AsyncIterable<DumpItem>>;
}

/** What could not be taken: of a collection, a document's id or its place in it, counted from 1. */
export interface Refusal {
  readonly collection: string;
  readonly document: string | null;
  readonly reason: string;
}

export type ImportEvent =
  | { readonly kind: 'taking'; readonly collection: string; readonly records: number }
  | {
      readonly kind: 'taken';
      readonly collection: string;
      readonly records: number;
      readonly refused: number;
    }
  | ({ readonly kind: 'refused' } & Refusal);

export interface ImportOptions {
  readonly dump: BackdropDump;
  readonly to: DataSets;
  readonly onEvent: (event: ImportEvent) => void;
  readonly batchSize?: number;
}

export interface ImportOutcome {
  readonly dataSets: number;
  readonly records: number;
  readonly refused: number;
}

const BATCH_SIZE = 1_000;

/** The data set of a configuration: the one that an earlier import made, or a new one. */
async function openDataSet(
  { catalogue }: DataSets,
  configuration: NewDataSet,
): Promise<DataSet | { reason: string }> {
  const created = await catalogue.create(configuration);
  if (created !== undefined) return created;
  const { name, dataGroup, dataType } = configuration;
  const found = await catalogue.findByName(name);
  const isSame = found?.dataGroup === dataGroup && found.dataType === dataType;
  return isSame ? found : { reason: `the name, or the pair ${dataGroup}/${dataType}, is taken` };
}

async function importCollection(
  options: ImportOptions,
  dataSet: DataSet,
  items: AsyncIterable<DumpItem>,
): Promise<{ records: number; refused: number }> {
  const { to, onEvent, batchSize = BATCH_SIZE } = options;
  const collection = dataSet.name;
  const now = new Date();
  let [position, records, refused] = [0, 0, 0];
  let batch: MovedRecord[] = [];
  const store = async () => {
    await to.store.upsert(dataSet, batch);
    records += batch.length;
    batch = [];
    onEvent({ kind: 'taking', collection, records });
  };
  for await (const item of items) {
    position += 1;
    const read = 'document' in item ? readBackdropDocument(item.document, now) : item;
    if ('record' in read) {
      batch.push(read.record);
      if (batch.length === batchSize) await store();
      continue;
    }
    refused += 1;
    const id =
      'document' in item && typeof item.document._id === 'string' ? item.document._id : `#${position}`;
    onEvent({ kind: 'refused', collection, document: id, reason: read.reason });
  }
  if (batch.length > 0) await store();
  onEvent({ kind: 'taken', collection, records, refused });
  return { records, refused };
}

/**
 * Takes over Backdrop's data sets (data-sets.md A2, 2.2): configurations with the hashes of their
 * tokens, records with ids and times. Doing it again changes nothing, for records go by their ids.
 */
export async function importBackdrop(options: ImportOptions): Promise<ImportOutcome> {
  const { dump, to, onEvent } = options;
  const total = { dataSets: 0, records: 0, refused: 0 };
  const refuse = (collection: string, reason: string) => {
    total.refused += 1;
    onEvent({ kind: 'refused', collection, document: null, reason });
  };
  const unclaimed = new Set(dump.collections.keys());
  for (const [index, value] of dump.configurations.entries()) {
    const configuration = readBackdropConfiguration(value);
    if ('reason' in configuration) {
      refuse(`configuration ${index + 1}`, configuration.reason);
      continue;
    }
    unclaimed.delete(configuration.name);
    const dataSet = await openDataSet(to, configuration);
    if ('reason' in dataSet) {
      refuse(configuration.name, dataSet.reason);
      continue;
    }
    total.dataSets += 1;
    const items = dump.collections.get(configuration.name)?.() ?? (async function* () {})();
    const { records, refused } = await importCollection(options, dataSet, items);
    total.records += records;
    total.refused += refused;
  }
  for (const name of unclaimed) refuse(name, 'there is no configuration for this collection');
  return total;
}
