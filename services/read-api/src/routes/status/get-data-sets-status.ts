import type { DataSet } from '@flyloft/data-sets';
import { sendJson } from '@flyloft/data-sets-service';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { identifyReader, mayReadRestricted } from '../../authorisation/reader.ts';
import { renderBackdropError } from '../../http/backdrop-errors.ts';
import { type OverdueDataSet, overdueDataSets } from '../../staleness/overdue.ts';
import type { DataDependencies } from '../data/data-endpoints.ts';
import { badTokenAnswer } from '../data/data-schemas.ts';

function reportOf(overdue: readonly OverdueDataSet[]) {
  if (overdue.length === 0) {
    return { status: 'ok', data_sets: null, message: 'All data_sets are in date' };
  }
  const message =
    overdue.length === 1 ? '1 data-set is out of date' : `${overdue.length} data-sets are out of date`;
  return { status: 'not okay', data_sets: overdue, message };
}

/** Which data sets are older than they should be (data-sets.md section 5); strangers are not told of restricted ones. */
export function getDataSetsStatus({ dataSets, dataSetsVerifier }: DataDependencies): Endpoint {
  return {
    method: 'get',
    path: '/_status/data-sets',
    tag: 'status',
    summary: 'Says which data sets are out of date',
    secured: true,
    answers: {
      200: {
        description: 'The report, whatever it says',
        schema: z.object({
          status: z.enum(['ok', 'not okay']),
          message: z.string(),
          data_sets: z.array(z.record(z.string(), z.unknown())).nullable(),
        }),
      },
      401: badTokenAnswer,
      503: { description: 'The database does not answer' },
      504: { description: 'The database took too long' },
    },
    errors: renderBackdropError,
    handlers: [
      identifyReader(dataSetsVerifier),
      async (req, res) => {
        const all = await dataSets.catalogue.list();
        const seesAll = mayReadRestricted(res);
        const shown = all.filter(({ settings }: DataSet) => seesAll || !settings.restricted);
        const overdue = await overdueDataSets(dataSets.store, shown, new Date());
        res.set('Cache-Control', 'no-cache').vary('Authorization');
        sendJson(req, res, 200, reportOf(overdue));
      },
    ],
  };
}
