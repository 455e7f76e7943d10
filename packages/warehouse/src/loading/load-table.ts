import type { Dialect } from '../descriptor/dialect-schema.ts';
import type { PackageDescriptor, ResourceDescriptor } from '../descriptor/package-schema.ts';
import type { EngineSession } from '../engine/sandbox.ts';
import { LoadFailure } from '../load-failure.ts';
import { buildFiscalModel } from '../models/build-model.ts';
import type { CubeModel } from '../models/cube-model.ts';
import { deriveColumns } from '../models/derive-columns.ts';
import { inferModel, keyFields } from '../models/infer-model.ts';
import { measureCardinality } from '../models/measure-cardinality.ts';
import { MAX_COLUMNS } from '../tables/limits.ts';
import { formatOf } from '../tables/table-format.ts';
import type { WrittenTable } from '../tables/written-table.ts';
import { uncheckedConstraints } from './constraint-rules.ts';
import { cellName, type FileBytes } from './csv-source.ts';
import { type ExaminedTable, examineTable } from './examine-table.ts';
import { keyWarnings } from './find-duplicates.ts';
import { type MatchedFields, matchFields, undeclaredSchema } from './match-fields.ts';
import { type ColumnPlan, planColumns } from './plan-columns.ts';
import { type Header, readHeader } from './read-header.ts';

/** A table on this disk and the resource it is the data of. */
export interface TableFile {
  readonly bytes: FileBytes;
  readonly written: Pick<WrittenTable, 'dialect' | 'parts' | 'lines'>;
  readonly resource: string;
  /** No limit unless given. */
  readonly maxRows?: number;
  readonly descriptor: ResourceDescriptor;
  /** The package's fiscal model when this resource is its main one. */
  readonly fiscalModel: PackageDescriptor['model'];
  /** Told what stops nothing, as soon as it is known: a table that fails has warnings too. */
  readonly warn?: (warnings: readonly string[]) => void;
}

/** A table whose every cell is known to be valid and whose column types are settled. */
export interface PreparedTable {
  readonly file: TableFile;
  readonly table: ExaminedTable;
  readonly plan: ColumnPlan;
}

async function headerOf(file: TableFile, dialect: Dialect): Promise<Header> {
  const header = await readHeader(file.bytes, dialect);
  if (header === undefined) {
    throw new LoadFailure('data_invalid', `The file of "${file.resource}" is empty.`);
  }
  const declared = file.descriptor.schema?.fields.map((field) => field.name.trim());
  if (!dialect.header) {
    const names = declared ?? header.cells.map((_, index) => cellName(index));
    return { cells: names, lines: 0, skip: 0, bytes: 0 };
  }
  const named = header.cells.map((name, index) => (name === '' ? `column ${index + 1}` : name));
  return { ...header, cells: named };
}

function refuseWidth(resource: string, columns: number): never {
  const message = `it has ${columns} columns, and ${MAX_COLUMNS} can be loaded: check the delimiter`;
  throw new LoadFailure('too_large', `The table "${resource}" is too wide: ${message}.`, [
    { resource, rule: 'columns', message },
  ]);
}

/**
 * Matches the header, examines every cell and settles the types.
 * @throws {LoadFailure} `data_invalid`, saying where.
 */
export async function prepareTable(session: EngineSession, file: TableFile): Promise<PreparedTable> {
  const { descriptor, resource, fiscalModel } = file;
  const { dialect, parts, lines } = file.written;
  const header = await headerOf(file, dialect);
  if (header.cells.length > MAX_COLUMNS) refuseWidth(resource, header.cells.length);
  const isDelimited = formatOf(descriptor) === 'csv' && descriptor.dialect === undefined;
  const schema = descriptor.schema ?? undeclaredSchema(resource, header.cells, isDelimited);
  const matched: MatchedFields = matchFields(resource, schema, header.cells, dialect);
  file.warn?.([...matched.warnings, ...keyWarnings(resource, schema)]);
  const source = {
    bytes: file.bytes,
    columns: header.cells.length,
    dialect,
    missingValues: [
      ...schema.missingValues,
      ...(dialect.nullSequence === undefined ? [] : [dialect.nullSequence]),
    ],
    ownMissingValues: new Map(
      matched.fields.flatMap(({ field, index }) =>
        index === undefined || field.missingValues === undefined
          ? []
          : [[index, ['', ...field.missingValues]] as const],
      ),
    ),
    parts,
    lines,
    headerLines: header.lines,
    skip: header.skip,
  };
  const table = await examineTable(session, {
    source,
    resource,
    schema,
    matched: matched.fields,
    maxRows: file.maxRows ?? Number.POSITIVE_INFINITY,
  });
  const derivations = fiscalModel === undefined ? [] : deriveColumns(fiscalModel, resource, descriptor);
  const unchecked = table.columns.flatMap(({ field, type }) =>
    uncheckedConstraints(field, type).map(
      (name) => `The constraint "${name}" of the column "${field.name}" of "${resource}" was not checked.`,
    ),
  );
  file.warn?.(unchecked);
  return { file, table, plan: planColumns(table, derivations) };
}

function titlesOf({ file }: PreparedTable): Map<string, string> {
  return new Map(
    (file.descriptor.schema?.fields ?? []).flatMap((field) =>
      field.title === undefined || field.title === '' ? [] : [[field.name.trim(), field.title] as const],
    ),
  );
}

/** A table that was written to its file. */
export interface WrittenCube {
  readonly prepared: PreparedTable;
  readonly cubeFile: string;
  /** Its name in models. */
  readonly factTable: string;
}

/** The babbage model of a table; `others` are those of its package, which dimensions may be in. */
export async function modelOf(
  session: EngineSession,
  { prepared, cubeFile, factTable }: WrittenCube,
  others: readonly WrittenCube[] = [],
): Promise<CubeModel> {
  const { file, plan } = prepared;
  const titles = titlesOf(prepared);
  if (file.fiscalModel === undefined) {
    const inferred = inferModel(plan, factTable, titles, keyFields(file.descriptor.schema));
    return measureCardinality(session, inferred, cubeFile);
  }
  const joined = others.map((other) => ({
    resource: other.prepared.file.resource,
    table: other.factTable,
    plan: other.prepared.plan,
    titles: titlesOf(other.prepared),
    file: other.cubeFile,
  }));
  const model = buildFiscalModel({
    model: file.fiscalModel,
    plan,
    resource: file.resource,
    factTable,
    titles,
    foreignKeys: file.descriptor.schema?.foreignKeys ?? [],
    others: joined,
  });
  return measureCardinality(
    session,
    model,
    cubeFile,
    new Map(joined.map((other) => [other.table, other.file])),
  );
}
