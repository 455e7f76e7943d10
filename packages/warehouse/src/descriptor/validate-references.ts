import type { FiscalDimension } from './fiscal-schema.ts';
import type { PackageDescriptor } from './package-schema.ts';

export interface PointedProblem {
  readonly pointer: string;
  readonly message: string;
}

const NUMERIC = new Set(['integer', 'number', 'any']);

/** A JSON pointer (RFC 6901). */
export function pointer(...path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function fieldsOf(
  descriptor: PackageDescriptor,
  resource: string | undefined,
): Map<string, string> | undefined {
  const found =
    resource === undefined
      ? descriptor.resources[0]
      : descriptor.resources.find((candidate) => candidate.name === resource);
  if (found?.schema === undefined) return undefined;
  return new Map(found.schema.fields.map((field) => [field.name.trim(), field.type]));
}

function resourceProblems(descriptor: PackageDescriptor): PointedProblem[] {
  const names = descriptor.resources.flatMap((resource) => resource.name ?? []);
  const twice = repeated(names).map((name) => ({
    pointer: '/resources',
    message: `two resources have the name "${name}"`,
  }));
  const fields = descriptor.resources.flatMap((resource, index) =>
    repeated((resource.schema?.fields ?? []).map((field) => field.name.trim())).map((name) => ({
      pointer: pointer('resources', index, 'schema', 'fields'),
      message: `two fields have the name "${name}"`,
    })),
  );
  return [...twice, ...fields];
}

/** Resources that the model names and the package does not have. */
function modelResourceProblems({ model, resources }: PackageDescriptor): PointedProblem[] {
  const missing = (resource: string | undefined, ...path: string[]): PointedProblem[] =>
    resource === undefined || resources.some(({ name }) => name === resource)
      ? []
      : [{ pointer: pointer('model', ...path, 'resource'), message: `no resource is named "${resource}"` }];
  return [
    ...Object.entries(model?.measures ?? {}).flatMap(([name, { resource }]) =>
      missing(resource, 'measures', name),
    ),
    ...Object.entries(model?.dimensions ?? {}).flatMap(([name, { attributes }]) =>
      Object.entries(attributes).flatMap(([attribute, { resource }]) =>
        missing(resource, 'dimensions', name, 'attributes', attribute),
      ),
    ),
  ];
}

function measureProblems(descriptor: PackageDescriptor): PointedProblem[] {
  return Object.entries(descriptor.model?.measures ?? {}).flatMap(([name, measure]) => {
    const fields = fieldsOf(descriptor, measure.resource);
    const place = pointer('model', 'measures', name, 'source');
    const type = fields?.get(measure.source.trim());
    if (fields === undefined) return [];
    if (type === undefined) return [{ pointer: place, message: `no field is named "${measure.source}"` }];
    if (NUMERIC.has(type)) return [];
    return [
      { pointer: place, message: `the field "${measure.source}" is a ${type}, a measure needs a number` },
    ];
  });
}

function attributeProblems(
  descriptor: PackageDescriptor,
  name: string,
  dimension: FiscalDimension,
): PointedProblem[] {
  const at = (...path: string[]) => pointer('model', 'dimensions', name, ...path);
  const known = (attribute: string) => Object.hasOwn(dimension.attributes, attribute);
  const problems: PointedProblem[] = dimension.primaryKey
    .filter((key) => !known(key))
    .map((key) => ({ pointer: at('primaryKey'), message: `no attribute is named "${key}"` }));
  for (const [attribute, { source, resource, parent, labelfor }] of Object.entries(dimension.attributes)) {
    if (fieldsOf(descriptor, resource)?.has(source.trim()) === false) {
      problems.push({
        pointer: at('attributes', attribute, 'source'),
        message: `no field is named "${source}"`,
      });
    }
    for (const [key, target] of Object.entries({ parent, labelfor })) {
      if (target === undefined || known(target)) continue;
      problems.push({
        pointer: at('attributes', attribute, key),
        message: `no attribute is named "${target}"`,
      });
    }
  }
  return problems;
}

/** What no shape can say: names that must be unique, and names that must name something (packages.md 3.9). */
export function referenceProblems(descriptor: PackageDescriptor): PointedProblem[] {
  return [
    ...resourceProblems(descriptor),
    ...modelResourceProblems(descriptor),
    ...measureProblems(descriptor),
    ...Object.entries(descriptor.model?.dimensions ?? {}).flatMap(([name, dimension]) =>
      attributeProblems(descriptor, name, dimension),
    ),
  ];
}
