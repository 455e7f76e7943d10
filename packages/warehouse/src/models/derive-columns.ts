import type { FiscalAttribute, FiscalModel } from '../descriptor/fiscal-schema.ts';
import type { PackageDescriptor, ResourceDescriptor } from '../descriptor/package-schema.ts';
import type { Derivation } from '../loading/plan-columns.ts';
import { columnTypeOf, modelOfTypes } from './model-of-types.ts';

export function isOf(resource: string, part: { readonly resource?: string | undefined }): boolean {
  return part.resource === undefined || part.resource === resource;
}

export const measureKey = (measure: string) => `measure ${measure}`;
export const codeKey = (dimension: string, attribute: string) => `code ${dimension} ${attribute}`;

/** An attribute's fields from the highest ancestor down to itself; a full code needs no ancestors. */
function codeParts(
  attributes: Readonly<Record<string, FiscalAttribute>>,
  name: string,
  osTypes: ReadonlyMap<string, string | undefined>,
): string[] {
  const parts: string[] = [];
  const seen = new Set<string>();
  for (let current: string | undefined = name; current !== undefined && !seen.has(current); ) {
    const attribute: FiscalAttribute | undefined = attributes[current];
    if (attribute === undefined) break;
    seen.add(current);
    parts.unshift(attribute.source);
    const isPart: boolean = osTypes.get(attribute.source.trim())?.endsWith(':code:part') === true;
    current = isPart ? attribute.parent : undefined;
  }
  return parts;
}

/** The columns that a fiscal model needs beside the fields themselves (packages.md 3.7). */
export function deriveColumns(
  model: FiscalModel,
  resource: string,
  descriptor: ResourceDescriptor,
): Derivation[] {
  const osTypes = new Map(
    (descriptor.schema?.fields ?? []).map((field) => [field.name.trim(), columnTypeOf(field)]),
  );
  const factors = Object.entries(model.measures)
    .filter(([, measure]) => measure.factor !== 1 && isOf(resource, measure))
    .map(
      ([name, { source, factor }]) => ({ kind: 'factor', key: measureKey(name), source, factor }) as const,
    );
  const codes = Object.entries(model.dimensions).flatMap(([dimension, { attributes, primaryKey }]) =>
    primaryKey
      .map(
        (key) =>
          ({
            kind: 'code',
            key: codeKey(dimension, key),
            sources: codeParts(attributes, key, osTypes),
          }) as const,
      )
      .filter(({ sources }) => sources.length > 1),
  );
  return [...factors, ...codes];
}

/** The resource that the model's measures come from, else the first: the one that becomes cube `<id>` (A6). */
export function mainResourceIndex(descriptor: PackageDescriptor): number {
  const named = Object.values(descriptor.model?.measures ?? {}).find(
    (measure) => measure.resource !== undefined,
  );
  const index = descriptor.resources.findIndex((resource) => resource.name === named?.resource);
  if (named !== undefined && index !== -1) return index;
  if (descriptor.model !== undefined) return 0;
  const withValues = descriptor.resources.findIndex(({ schema }) =>
    schema?.fields.some((field) => columnTypeOf(field) === 'value'),
  );
  return Math.max(0, withValues);
}

/**
 * The fiscal model of one resource: the descriptor's own for the main one, else what the column types
 * make; undefined for a table that says nothing of what it means.
 */
export function fiscalModelOf(descriptor: PackageDescriptor, index: number): FiscalModel | undefined {
  if (descriptor.model !== undefined && index === mainResourceIndex(descriptor)) return descriptor.model;
  return modelOfTypes(descriptor.resources[index]?.schema?.fields ?? []).model;
}
