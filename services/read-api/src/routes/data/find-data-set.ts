import { problem } from '@flyloft/common';
import type { DataSet } from '@flyloft/data-sets';
import type { Request, Response } from 'express';
import { mayReadRestricted } from '../../authorisation/reader.ts';
import type { DataDependencies } from './data-endpoints.ts';

type Dependencies = Pick<DataDependencies, 'dataSets'>;

function queryable(dataSet: DataSet | undefined, res: Response): DataSet {
  if (!dataSet?.settings.queryable) throw problem('not_found', 'data_set not found');
  if (!dataSet.settings.restricted || mayReadRestricted(res)) return dataSet;
  // The same as for one that is not there (data-sets.md A4).
  throw problem('not_found', 'data_set not found');
}

function parameter(req: Request, name: string): string {
  const value = req.params[name];
  // What an engine cannot hold names no data set.
  if (typeof value !== 'string' || value.includes('\0')) throw problem('not_found', 'data_set not found');
  return value;
}

/** @throws {ProblemError} 404 when there is none by this group and type that the caller may query. */
export async function findDataSetByPair(
  { dataSets: { catalogue } }: Dependencies,
  req: Request,
  res: Response,
): Promise<DataSet> {
  const pair = { dataGroup: parameter(req, 'data_group'), dataType: parameter(req, 'data_type') };
  return queryable(await catalogue.findByPair(pair), res);
}

/** @throws {ProblemError} 404 when there is none by this name that the caller may query. */
export async function findDataSetByName(
  { dataSets: { catalogue } }: Dependencies,
  req: Request,
  res: Response,
): Promise<DataSet> {
  return queryable(await catalogue.findByName(parameter(req, 'data_set_name')), res);
}
