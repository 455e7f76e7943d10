import { problem } from '@flyloft/common';
import type { DataSet, DataSets } from '@flyloft/data-sets';
import type { Request } from 'express';

function queryable(dataSet: DataSet | undefined): DataSet {
  if (dataSet?.settings.queryable) return dataSet;
  throw problem('not_found', 'data_set not found');
}

function parameter(req: Request, name: string): string {
  const value = req.params[name];
  // What an engine cannot hold names no data set.
  if (typeof value !== 'string' || value.includes('\0')) throw problem('not_found', 'data_set not found');
  return value;
}

/** @throws {ProblemError} 404 when there is none by this group and type, or it may not be queried. */
export async function findDataSetByPair({ catalogue }: DataSets, req: Request): Promise<DataSet> {
  const pair = { dataGroup: parameter(req, 'data_group'), dataType: parameter(req, 'data_type') };
  return queryable(await catalogue.findByPair(pair));
}

/** @throws {ProblemError} 404 when there is none by this name, or it may not be queried. */
export async function findDataSetByName({ catalogue }: DataSets, req: Request): Promise<DataSet> {
  return queryable(await catalogue.findByName(parameter(req, 'data_set_name')));
}
