import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  formatOf,
  inlineRows,
  LoadFailure,
  mainResourceIndex,
  type PackageDescriptor,
  type ResourceDescriptor,
  type WrittenTable,
} from '@flyloft/warehouse';
import type { PackageFiles } from '../files/package-files.ts';
import { stageFile } from '../files/stage-file.ts';

/** A table's file on this disk. */
export interface StagedResource {
  readonly name: string;
  /** Its name in ids and file names. */
  readonly slug: string;
  readonly descriptor: ResourceDescriptor;
  /** Its place among the descriptor's resources. */
  readonly index: number;
  readonly isMain: boolean;
  readonly written: WrittenTable;
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
const LOADER_VERSION = 2;

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
 * @throws {LoadFailure} when the main one is no table, or any file is missing, refused or not valid.
 */
export async function stageResources(request: StageRequest): Promise<StagedPackage> {
  const { descriptor, descriptorText, files, folder, maxBytes, signal } = request;
  const main = mainResourceIndex(descriptor);
  const hash = createHash('sha256').update(`${LOADER_VERSION}\n${descriptorText}`);
  const resources: StagedResource[] = [];
  const warnings: string[] = [];
  let bytes = 0;
  for (const [index, resource] of descriptor.resources.entries()) {
    const name = resource.name ?? `resource-${index + 1}`;
    if (formatOf(resource) === undefined) {
      const message = `The resource "${name}" is no table: CSV, JSON rows and .xlsx are loaded`;
      if (index === main) throw new LoadFailure('resource_invalid', `${message}.`);
      warnings.push(`${message}; it was left out.`);
      continue;
    }
    const staged = await stageFile({
      ...{ name, resource, maxBytes, signal },
      files: resource.path.map((path) => files.resource(path)),
      inline: inlineRows(descriptorText, index),
      target: join(folder, `${index}.csv`),
    });
    hash.update(`\n${staged.hash}`);
    bytes += staged.bytes;
    warnings.push(...staged.warnings);
    const slug = `${slugOf(name)}${resources.some((other) => other.slug === slugOf(name)) ? `-${index + 1}` : ''}`;
    resources.push({
      name,
      slug,
      index,
      descriptor: resource,
      isMain: index === main,
      written: staged.written,
    });
  }
  return { resources, bytes, contentHash: hash.digest('hex'), warnings };
}
