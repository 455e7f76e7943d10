import { fiscalType } from '../models/fiscal-types.ts';
import { columnTypeOf, modelOfTypes } from '../models/model-of-types.ts';
import type { Field } from './field-schema.ts';
import type { PackageDescriptor } from './package-schema.ts';
import { type PointedProblem, pointer } from './validate-references.ts';

/** What is wrong with the column types that make the model, where the descriptor has none of its own. */
export function columnTypeProblems(descriptor: PackageDescriptor): PointedProblem[] {
  if (descriptor.model !== undefined) return [];
  return descriptor.resources.flatMap((resource, number) => {
    const fields = resource.schema?.fields ?? [];
    return modelOfTypes(fields).problems.map(({ index, message }) => {
      const key = fields[index]?.columnType === undefined ? 'osType' : 'columnType';
      return { pointer: pointer('resources', number, 'schema', 'fields', index, key), message };
    });
  });
}

function typedByColumnType(field: Field): Field {
  const type = fiscalType(columnTypeOf(field) ?? '');
  return field.type === 'any' && type !== undefined ? { ...field, type: type.dataType } : field;
}

/** A field without a type has that of its column type. */
export function withColumnTypes(descriptor: PackageDescriptor): PackageDescriptor {
  const resources = descriptor.resources.map((resource) =>
    resource.schema === undefined
      ? resource
      : {
          ...resource,
          schema: { ...resource.schema, fields: resource.schema.fields.map(typedByColumnType) },
        },
  );
  return { ...descriptor, resources };
}
