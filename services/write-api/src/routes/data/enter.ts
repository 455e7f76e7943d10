import { problem } from '@flyloft/common';
import { type DataSet, isValidKey } from '@flyloft/data-sets';
import type { Request, RequestHandler, Response } from 'express';
import { authoriseWriter } from '../../authorisation/writer.ts';
import type { WriteDependencies } from '../../dependencies.ts';

type Find = (req: Request) => Promise<DataSet | undefined>;

function textParameter(req: Request, name: string): string {
  const value = req.params[name];
  // What an engine cannot hold names no data set.
  return typeof value === 'string' && !value.includes('\0') ? value : '';
}

/** Finds the data set, then looks who calls, before a byte of the body is read (data-sets.md 1.2). */
function enter({ verifier, limitRate }: WriteDependencies, find: Find): RequestHandler[] {
  return [
    async (req, res, next) => {
      const dataSet = await find(req);
      if (dataSet === undefined) throw problem('not_found', 'Could not find data_set_config');
      res.locals.dataSet = dataSet;
      next();
    },
    ...(limitRate === undefined ? [] : [limitRate]),
    async (req, res, next) => {
      await authoriseWriter(req, enteredDataSet(res), verifier);
      next();
    },
  ];
}

/** For paths with `:data_group` and `:data_type`. */
export function enterByPair(dependencies: WriteDependencies): RequestHandler[] {
  return enter(dependencies, (req) =>
    dependencies.dataSets.catalogue.findByPair({
      dataGroup: textParameter(req, 'data_group'),
      dataType: textParameter(req, 'data_type'),
    }),
  );
}

/** For paths with `:data_set_name`. */
export function enterByName(dependencies: WriteDependencies): RequestHandler[] {
  return enter(dependencies, (req) =>
    dependencies.dataSets.catalogue.findByName(textParameter(req, 'data_set_name')),
  );
}

/** Names that the route by name knows at all (data-sets.md 1.2). */
export function isDataSetName(name: string): boolean {
  return isValidKey(name) && !name.startsWith('_');
}

export function enteredDataSet(res: Response): DataSet {
  // set by enter alone
  return res.locals.dataSet as DataSet;
}
