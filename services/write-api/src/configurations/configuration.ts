import { type DataSet, dataSetSettingsSchema } from '@flyloft/data-sets';
import { z } from 'zod';

/** A configuration as it is answered: never with a token (data-sets.md A2). */
export const configurationSchema = dataSetSettingsSchema.extend({
  name: z.string(),
  data_group: z.string(),
  data_type: z.string(),
});

export type ConfigurationAnswer = z.output<typeof configurationSchema>;

export function presentConfiguration({
  name,
  dataGroup,
  dataType,
  settings,
}: Pick<DataSet, 'name' | 'dataGroup' | 'dataType' | 'settings'>): ConfigurationAnswer {
  return { name, data_group: dataGroup, data_type: dataType, ...settings };
}
