import {
  type Answer,
  answerQuery,
  type DataSet,
  type DataSets,
  parseQuery,
  renderCsv,
  renderNdjson,
} from '@flyloft/data-sets';
import type { Request, Response } from 'express';
import { sendTagged, sendTaggedJson } from '../../http/send.ts';

const UNPUBLISHED = 'Warning: This data-set is unpublished. Data may be subject to change or be inaccurate.';

function cacheControl({ settings }: DataSet): string {
  if (!settings.published) return 'no-cache';
  return `max-age=${settings.realtime ? 120 : 1800}, must-revalidate`;
}

function queryStringOf(req: Request): string {
  const mark = req.originalUrl.indexOf('?');
  return mark === -1 ? '' : req.originalUrl.slice(mark + 1);
}

function bodyOf({ settings }: DataSet, { data, truncated }: Answer): Record<string, unknown> {
  return {
    data,
    ...(truncated && { truncated }),
    ...(!settings.published && { warning: UNPUBLISHED }),
  };
}

/** Answers a Backdrop query over one data set (data-sets.md 1.1). */
export async function answerData(req: Request, res: Response, dataSets: DataSets, dataSet: DataSet) {
  const query = parseQuery(queryStringOf(req), { rawQueriesAllowed: dataSet.settings.raw_queries_allowed });
  const answer = await answerQuery(query, { store: dataSets.store, dataSet, now: new Date() });
  res.setHeader('Cache-Control', cacheControl(dataSet));
  // Rows alone could not say that the data set is unpublished: the original answers JSON then.
  const format = dataSet.settings.published ? query.format : 'json';
  if (format === 'csv') {
    res.setHeader('Content-Disposition', 'attachment; filename=export.csv');
    sendTagged(req, res, 200, 'text/csv', renderCsv(answer.data));
  } else if (format === 'ndjson') {
    sendTagged(req, res, 200, 'application/x-ndjson', renderNdjson(answer.data));
  } else {
    sendTaggedJson(req, res, 200, bodyOf(dataSet, answer));
  }
}

/** What OPTIONS of a data set that can be queried answers; the query string is not looked at. */
export function answerOptions(res: Response): void {
  res
    .status(200)
    .set({
      Allow: 'HEAD, OPTIONS, GET',
      'Access-Control-Max-Age': '86400',
      'Access-Control-Allow-Headers': 'cache-control, govuk-request-id, request-id',
    })
    .end();
}
