import type { DataSet, DataSets } from '@flyloft/data-sets';
import type { Request } from 'express';

/** The data set that the path names; undefined when there is none, or none can have this name. */
export async function findByName({ catalogue }: DataSets, req: Request): Promise<DataSet | undefined> {
  const { name } = req.params;
  if (typeof name !== 'string' || name.includes('\0')) return undefined;
  return catalogue.findByName(name);
}
