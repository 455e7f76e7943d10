import { type Dialect, dialectSchema } from '../descriptor/dialect-schema.ts';
import type { ResourceDescriptor } from '../descriptor/package-schema.ts';

export type TableFormat = 'csv' | 'tsv' | 'json' | 'xlsx';

const BY_EXTENSION: Readonly<Record<string, TableFormat>> = {
  csv: 'csv',
  txt: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  json: 'json',
  xlsx: 'xlsx',
};

const BY_MEDIA_TYPE: Readonly<Record<string, TableFormat>> = {
  'text/csv': 'csv',
  'text/tab-separated-values': 'tsv',
  'application/json': 'json',
  'text/json': 'json',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
};

function own(table: Readonly<Record<string, TableFormat>>, key: string): TableFormat | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/**
 * What a resource's bytes are: by `format`, else the extension, else `mediatype`, else a table of CSV
 * where the descriptor says that it is one; undefined for what is no table.
 */
export function formatOf(resource: ResourceDescriptor): TableFormat | undefined {
  const { format, path, mediatype, data, type, profile } = resource;
  if (format !== undefined) return own(BY_EXTENSION, format.toLowerCase().replace(/^\./, ''));
  if (data !== undefined) return typeof data === 'string' ? 'csv' : 'json';
  const [, extension = ''] = /\.([a-z]+)(?:\.gz)?(?:[?#].*)?$/i.exec(path[0] ?? '') ?? [];
  const found =
    own(BY_EXTENSION, extension.toLowerCase()) ??
    own(BY_MEDIA_TYPE, (mediatype ?? '').split(';')[0]?.trim().toLowerCase() ?? '');
  if (found !== undefined) return found;
  return extension === '' && (type === 'table' || profile === 'tabular-data-resource') ? 'csv' : undefined;
}

/** The dialect of a resource; tab-separated values need none declared. */
export function dialectOf(resource: ResourceDescriptor): Dialect {
  if (resource.dialect !== undefined) return resource.dialect;
  return dialectSchema.parse(formatOf(resource) === 'tsv' ? { delimiter: '\t' } : {});
}
