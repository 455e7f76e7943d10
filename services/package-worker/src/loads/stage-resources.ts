import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  LoadFailure,
  mainResourceIndex,
  type PackageDescriptor,
  type ResourceDescriptor,
} from '@flyloft/warehouse';
import type { PackageFiles } from '../files/package-files.ts';
import { stageFile } from '../files/stage-file.ts';

/** A table's file on this disk. */
export interface StagedResource {
  readonly name: string;
  /** Its name in ids and file names. */
  readonly slug: string;
  readonly descriptor: ResourceDescriptor;
  readonly isMain: boolean;
  readonly path: string;
}

export interface StagedPackage {
  readonly resources: readonly StagedResource[];
  readonly bytes: number;
  /** Of everything that the cubes are made from. */
  readonly contentHash: string;
  readonly warnings: readonly string[];
}

export interface StageRequest {
  readonly files: PackageFiles;
  readonly descriptor: PackageDescriptor;
  readonly descriptorText: string;
  readonly folder: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Rises when loading the same bytes would make other cubes: then nothing counts as unchanged. */
const LOADER_VERSION = 1;

const TABULAR = /\.(csv|tsv|txt)(\.gz)?$/i;

function isTabular({ format, mediatype, path }: ResourceDescriptor): boolean {
  if (format !== undefined) return /^(csv|tsv)$/i.test(format);
  return TABULAR.test(path) || /^text\/(csv|tab-separated-values)\b/.test(mediatype ?? '');
}

function isTabSeparated({ format, path }: ResourceDescriptor): boolean {
  return format?.toLowerCase() === 'tsv' || /\.tsv(\.gz)?$/i.test(path);
}

function withDialect(resource: ResourceDescriptor): ResourceDescriptor {
  if (resource.dialect !== undefined || !isTabSeparated(resource)) return resource;
  return { ...resource, dialect: { delimiter: '\t', quoteChar: '"', doubleQuote: true, header: true } };
}

function slugOf(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replaceAll(/^[._-]+|[._-]+$/g, '') || 'table'
  );
}

/**
 * Brings the tables of a package to this disk.
 * @throws {LoadFailure} when the main one is no CSV file, or any file is missing, refused or not valid.
 */
export async function stageResources(request: StageRequest): Promise<StagedPackage> {
  const { descriptor, files, folder } = request;
  const main = mainResourceIndex(descriptor);
  const hash = createHash('sha256').update(`${LOADER_VERSION}\n${request.descriptorText}`);
  const resources: StagedResource[] = [];
  const warnings: string[] = [];
  let bytes = 0;
  for (const [index, resource] of descriptor.resources.entries()) {
    const name = resource.name ?? `resource-${index + 1}`;
    if (!isTabular(resource)) {
      const message = `The resource "${name}" is no CSV file`;
      if (index === main)
        throw new LoadFailure('resource_invalid', `${message}; other formats cannot be loaded.`);
      warnings.push(`${message} and was left out.`);
      continue;
    }
    const path = join(folder, `${index}.csv`);
    const file = files.resource(resource.path);
    const { maxBytes, signal } = request;
    const staged = await stageFile({ file, name, resource, target: path, maxBytes, signal });
    hash.update(`\n${staged.hash}`);
    bytes += staged.bytes;
    warnings.push(...staged.warnings);
    const slug = `${slugOf(name)}${resources.some((other) => other.slug === slugOf(name)) ? `-${index + 1}` : ''}`;
    resources.push({ name, slug, descriptor: withDialect(resource), isMain: index === main, path });
  }
  return { resources, bytes, contentHash: hash.digest('hex'), warnings };
}
