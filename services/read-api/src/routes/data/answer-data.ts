import {
  type Answer,
  answerQuery,
  type DataSet,
  parseQuery,
  type Query,
  renderCsv,
  renderNdjson,
  streamRawRecords,
} from '@flyloft/data-sets';
import { limitRate, type RateCounters, type RateLimit } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import { sendTagged, sendTaggedJson } from '../../http/send.ts';
import { sendRecords } from '../../http/send-records.ts';
import type { DataDependencies } from './data-endpoints.ts';

const UNPUBLISHED = 'Warning: This data-set is unpublished. Data may be subject to change or be inaccurate.';

function cacheControl({ settings }: DataSet): string {
  // `must-revalidate` would let shared caches keep what was answered to a token (RFC 9111, 3.5).
  if (settings.restricted) return 'private, no-cache';
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

/** What a browser downloads is opened in a spreadsheet; programs get what was stored, unless they ask. */
function isSafe(req: Request, query: Query): boolean {
  return query.safe ?? (req.get('accept')?.includes('text/html') || false);
}

/** Answers a Backdrop query over one data set (data-sets.md 1.1). */
async function answerData(
  req: Request,
  res: Response,
  { dataSets, limits }: Pick<DataDependencies, 'dataSets' | 'limits'>,
  dataSet: DataSet,
) {
  const query = parseQuery(queryStringOf(req), { rawQueriesAllowed: dataSet.settings.raw_queries_allowed });
  const { store } = dataSets;
  res.setHeader('Cache-Control', cacheControl(dataSet));
  if (dataSet.settings.restricted) res.vary('Authorization');
  // Rows alone could not say that the data set is unpublished: the original answers JSON then.
  const format = dataSet.settings.published ? query.format : 'json';
  const pages = format === 'ndjson' ? streamRawRecords(query, { store, dataSet }) : undefined;
  if (pages !== undefined) return sendRecords(req, res, pages);
  const answer = await answerQuery(query, { store, dataSet, now: new Date(), limits });
  if (format === 'csv') {
    res.vary('Accept').setHeader('Content-Disposition', 'attachment; filename=export.csv');
    sendTagged(req, res, 200, 'text/csv', renderCsv(answer.data, { safe: isSafe(req, query) }));
  } else if (format === 'ndjson') {
    sendTagged(req, res, 200, 'application/x-ndjson', renderNdjson(answer.data));
  } else {
    sendTaggedJson(req, res, 200, bodyOf(dataSet, answer));
  }
}

/** The data set that this request is about. */
function foundDataSet(res: Response): DataSet {
  // set by the first of answerHandlers
  return res.locals.dataSet as DataSet;
}

/** Limits the questions of one client address to one data set. */
export function limitReads(limits: readonly RateLimit[], counters?: RateCounters): RequestHandler {
  return limitRate({
    name: 'read',
    limits,
    counters,
    keyOf: (req, res) => `${foundDataSet(res).id} ${req.ip}`,
  });
}

/** Finds the data set, counts the question, answers it. */
export function answerHandlers(
  dependencies: DataDependencies,
  find: (req: Request) => Promise<DataSet>,
): RequestHandler[] {
  return [
    async (req, res, next) => {
      res.locals.dataSet = await find(req);
      next();
    },
    ...(dependencies.limitReads === undefined ? [] : [dependencies.limitReads]),
    (req, res) => answerData(req, res, dependencies, foundDataSet(res)),
  ];
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
