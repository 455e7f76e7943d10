import type { Request } from 'express';

/** The forms in which records come in (data-sets.md A3). */
export type UploadFormat = 'json' | 'ndjson' | 'csv' | 'excel';

const BY_MEDIA_TYPE: Readonly<Record<string, UploadFormat>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'text/csv': 'csv',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'excel',
};

const BY_EXTENSION: Readonly<Record<string, UploadFormat>> = {
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  csv: 'csv',
  xlsx: 'excel',
};

function formatOfMediaType(type: string): UploadFormat | undefined {
  const [name = ''] = type.split(';');
  const key = name.trim().toLowerCase();
  return Object.hasOwn(BY_MEDIA_TYPE, key) ? BY_MEDIA_TYPE[key] : undefined;
}

/** Told by the content type alone, with or without parameters. */
export function formatOfRequest(req: Request): UploadFormat | undefined {
  return formatOfMediaType(req.get('content-type') ?? '');
}

/** Told by the file's name, else by its type; browsers name CSV files' types after the spreadsheet that is installed. */
export function formatOfFile(file: { filename: string; mimeType: string }): UploadFormat | undefined {
  const extension = file.filename.slice(file.filename.lastIndexOf('.') + 1).toLowerCase();
  const byName = Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
  return byName ?? formatOfMediaType(file.mimeType);
}
