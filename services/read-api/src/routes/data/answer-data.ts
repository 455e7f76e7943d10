import {
  type DataSet,
  DEFAULT_LIMITS,
  findAnswer,
  parseQuery,
  type Query,
  renderCsv,
  renderJson,
  renderNdjson,
  renderRawAnswer,
  streamRawRecords,
} from '@flyloft/data-sets';
import { isCompact } from '@flyloft/data-sets-service';
import { clientNetwork, limitRate, type RateCounters, type RateLimit } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import { identifyReader } from '../../authorisation/reader.ts';
import { sendRecords } from '../../http/send-records.ts';
import { sendTagged, sendTaggedNothing, sendTaggedPieces, tagged } from '../../http/send-tagged.ts';
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

/** What an answer says beside its data. */
function remarksOf({ settings }: DataSet, truncated: boolean): Record<string, unknown> {
  return { ...(truncated && { truncated }), ...(!settings.published && { warning: UNPUBLISHED }) };
}

/** Fewer raw records are read at once. */
const MANY_RECORDS = 1_000;

/** What a browser downloads is opened in a spreadsheet; programs get what was stored, unless they ask. */
function isSafe(req: Request, query: Query): boolean {
  return query.safe ?? (req.get('accept')?.includes('text/html') || false);
}

const CONTENT_TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson', json: 'application/json' };

type Answering = Pick<DataDependencies, 'dataSets' | 'limits' | 'texts'>;

/** Answers with raw records a page at a time; undefined for a query that is not about them, or about few. */
function answerInPages(
  req: Request,
  res: Response,
  { dataSets: { store }, limits }: Answering,
  { dataSet, query, format }: { dataSet: DataSet; query: Query; format: Query['format'] },
): Promise<void> | undefined {
  if (format === 'ndjson') {
    const pages = streamRawRecords(query, { store, dataSet });
    return pages && sendRecords(req, res, pages);
  }
  if (format !== 'json' || (query.limit > 0 && query.limit <= MANY_RECORDS)) return undefined;
  const most = limits.rawRecords ?? DEFAULT_LIMITS.rawRecords;
  // One more than is answered tells whether there are more.
  const pages = streamRawRecords(query, { store, dataSet, most: most + 1 });
  const behind = (isTruncated: boolean) => remarksOf(dataSet, isTruncated);
  const options = { compact: isCompact(req), most, behind };
  return pages && sendTaggedPieces(req, res, 'application/json', renderRawAnswer(pages, options));
}

/** Answers a Backdrop query over one data set (data-sets.md 1.1). */
async function answerData(req: Request, res: Response, dependencies: Answering, dataSet: DataSet) {
  const query = parseQuery(queryStringOf(req), { rawQueriesAllowed: dataSet.settings.raw_queries_allowed });
  res.setHeader('Cache-Control', cacheControl(dataSet));
  if (dataSet.settings.restricted) res.vary('Authorization');
  // A table could not say that the data set is unpublished: the original answers JSON then.
  const format = query.format === 'csv' && !dataSet.settings.published ? 'json' : query.format;
  const inPages = answerInPages(req, res, dependencies, { dataSet, query, format });
  if (inPages !== undefined) return inPages;
  const { dataSets, limits, texts } = dependencies;
  const found = await findAnswer(query, { store: dataSets.store, dataSet, now: new Date(), limits });
  const type = CONTENT_TYPES[format];
  if (format === 'csv')
    res.vary('Accept').setHeader('Content-Disposition', 'attachment; filename=export.csv');
  const safe = isSafe(req, query);
  const compact = isCompact(req);
  // What the text depends on beside the answer.
  const key = found.name && JSON.stringify([found.name, format, safe, compact, remarksOf(dataSet, false)]);
  const known = key === undefined ? undefined : texts.find(key);
  if (known !== undefined) return sendTagged(req, res, 200, type, known);
  const { data, truncated } = found.make();
  const render = {
    csv: () => renderCsv(data, { safe }),
    ndjson: () => renderNdjson(data),
    json: () => renderJson({ data, ...remarksOf(dataSet, truncated) }, { compact }),
  };
  const text = tagged(render[format]());
  if (key !== undefined) texts.keep(key, text);
  sendTagged(req, res, 200, type, text);
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
    keyOf: (req, res) => `${foundDataSet(res).id} ${clientNetwork(req.ip)}`,
  });
}

/** Looks who asks, finds the data set, counts the question, answers it. */
export function answerHandlers(
  dependencies: DataDependencies,
  find: (req: Request, res: Response) => Promise<DataSet>,
): RequestHandler[] {
  return [
    identifyReader(dependencies.dataSetsVerifier),
    async (req, res, next) => {
      res.locals.dataSet = await find(req, res);
      next();
    },
    ...(dependencies.limitReads === undefined ? [] : [dependencies.limitReads]),
    (req, res) => answerData(req, res, dependencies, foundDataSet(res)),
  ];
}

/** What OPTIONS of a data set that can be queried answers; the query string is not looked at. */
export function answerOptions(req: Request, res: Response): void {
  res.set({
    Allow: 'HEAD, OPTIONS, GET',
    'Access-Control-Max-Age': '86400',
    'Access-Control-Allow-Headers': 'cache-control, govuk-request-id, request-id',
  });
  sendTaggedNothing(req, res);
}
