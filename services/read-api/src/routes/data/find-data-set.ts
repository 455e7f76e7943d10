import { problem } from '@flyloft/common';
import type { DataSet } from '@flyloft/data-sets';
import type { Request } from 'express';
import { mayReadRestricted } from '../../authorisation/may-read-restricted.ts';
import type { DataDependencies } from './data-endpoints.ts';

type Dependencies = Pick<DataDependencies, 'dataSets' | 'dataSetsVerifier'>;

async function queryable(
  dataSet: DataSet | undefined,
  req: Request,
  { dataSetsVerifier }: Dependencies,
): Promise<DataSet> {
  if (!dataSet?.settings.queryable) throw problem('not_found', 'data_set not found');
  if (!dataSet.settings.restricted || (await mayReadRestricted(req, dataSetsVerifier))) return dataSet;
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
export async function findDataSetByPair(dependencies: Dependencies, req: Request): Promise<DataSet> {
  const { catalogue } = dependencies.dataSets;
  const pair = { dataGroup: parameter(req, 'data_group'), dataType: parameter(req, 'data_type') };
  return queryable(await catalogue.findByPair(pair), req, dependencies);
}

/** @throws {ProblemError} 404 when there is none by this name that the caller may query. */
export async function findDataSetByName(dependencies: Dependencies, req: Request): Promise<DataSet> {
  const found = await dependencies.dataSets.catalogue.findByName(parameter(req, 'data_set_name'));
  return queryable(found, req, dependencies);
}
