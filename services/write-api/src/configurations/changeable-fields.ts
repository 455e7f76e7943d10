import { compileSchema, dataSetFields, isValidKey } from '@flyloft/data-sets';
import { z } from 'zod';

const tokenSchema = z
  .string()
  .max(255)
  .regex(/^[\x21-\x7e]*$/, 'may hold only visible ASCII characters')
  .nullable()
  .describe('Empty or null: none');

/** Filters that are built in: data is never executed (data-sets.md A3). */
const UPLOAD_FILTERS = new Set(['first_sheet']);

/** The original's dotted names count as their last, short part (data-sets.md A8.15). */
function isUploadFilter(name: string): boolean {
  return UPLOAD_FILTERS.has(name.slice(name.lastIndexOf('.') + 1).replace(/_filter$/, ''));
}

const jsonSchema = dataSetFields.schema.superRefine((schema, context) => {
  if (schema === null) return;
  try {
    compileSchema(schema);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message: `cannot be used as a JSON Schema: ${reason}` });
  }
});

/** What may be said of a data set when it is made, and changed later; nothing has to be. */
export const changeableFields = z
  .object({
    ...dataSetFields,
    auto_ids: dataSetFields.auto_ids.refine(
      (keys) => keys?.every(isValidKey) ?? true,
      'must hold valid keys',
    ),
    upload_filters: dataSetFields.upload_filters.refine(
      (names) => names.every(isUploadFilter),
      `may hold only ${[...UPLOAD_FILTERS].join(', ')}`,
    ),
    schema: jsonSchema,
    bearer_token: tokenSchema,
  })
  .partial().shape;

/** The body of PATCH /data-sets/{name}: anything but name, group and type (data-sets.md A2). */
export const dataSetChangeSchema = z.strictObject(changeableFields);
