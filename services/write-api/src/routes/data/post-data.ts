import { problem } from '@flyloft/common';
import { type DataSet, type DataSets, parseBatch, parseJsonExactly, refusalOf } from '@flyloft/data-sets';
import type { Endpoint } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { authoriseWriter } from '../../authorisation/writer.ts';
import type { WriteDependencies } from '../../dependencies.ts';
import { renderBackdropError } from '../../http/backdrop-errors.ts';
import { bodyText, isJson, readBody } from '../../http/read-body.ts';
import { sendOutcome } from '../../http/send.ts';

const okSchema = z.object({ status: z.literal('ok') });
const recordSchema = z.record(z.string(), z.union([z.null(), z.boolean(), z.number(), z.string()]));
const errorSchema = z.object({ status: z.literal('error'), message: z.string(), code: z.string() });

/** The words of the original, down to the name of its exception (data-sets.md 1.2). */
const WRONG_CONTENT_TYPE = "ValidationError('Expected header: Content-type: application/json',)";

async function findDataSet({ catalogue }: DataSets, req: Request): Promise<DataSet> {
  const { data_group: dataGroup = '', data_type: dataType = '' } = req.params;
  const isPossible = typeof dataGroup === 'string' && typeof dataType === 'string';
  // What an engine cannot hold names no data set.
  const found =
    isPossible && !`${dataGroup}${dataType}`.includes('\0')
      ? await catalogue.findByPair({ dataGroup, dataType })
      : undefined;
  if (found === undefined) throw problem('not_found', 'Could not find data_set_config');
  return found;
}

function parseBody(req: Request, { settings }: DataSet): unknown {
  const text = bodyText(req);
  try {
    return parseJsonExactly(text, { keepLiterals: settings.auto_ids !== null });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw problem('invalid_json', `Error parsing JSON: "${reason}"`, { cause });
  }
}

/** Finds the data set and who may write to it, before a byte of the body is read (data-sets.md 1.2). */
function enter({ dataSets, verifier }: WriteDependencies): RequestHandler {
  return async (req, res, next) => {
    const dataSet = await findDataSet(dataSets, req);
    await authoriseWriter(req, dataSet, verifier);
    res.locals.dataSet = dataSet;
    if (isJson(req)) next();
    else sendOutcome(req, res, 400, { messages: [WRONG_CONTENT_TYPE] });
  };
}

function enteredDataSet(res: Response): DataSet {
  // set by enter alone
  return res.locals.dataSet as DataSet;
}

function storeRecords({ dataSets }: WriteDependencies): RequestHandler {
  return async (req, res) => {
    const dataSet = enteredDataSet(res);
    const body = parseBody(req, dataSet);
    if (body === null) {
      sendOutcome(req, res, 400, { messages: [WRONG_CONTENT_TYPE] });
      return;
    }
    const batch = parseBatch(body, { autoIds: dataSet.settings.auto_ids });
    if ('errors' in batch) {
      sendOutcome(req, res, 400, refusalOf(batch.errors));
      return;
    }
    await dataSets.store.upsert(dataSet, batch.records);
    sendOutcome(req, res, 200, { status: 'ok' });
  };
}

export function postDataEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'post',
    path: '/data/:data_group/:data_type',
    tag: 'data',
    summary: 'Stores records: an object or a list of objects, all or nothing',
    description: 'A record replaces, whole, the record that has its _id.',
    secured: true,
    request: {
      params: z.object({ data_group: z.string(), data_type: z.string() }),
      body: { schema: z.union([recordSchema, z.array(recordSchema)]) },
    },
    answers: {
      200: { description: 'Stored', schema: okSchema },
      400: {
        description: 'The body is not JSON, or a record is not valid; nothing was stored',
        schema: z.union([errorSchema, z.object({ messages: z.array(z.string()) })]),
      },
      401: { description: 'The token is missing or not that of this data set', schema: errorSchema },
      404: { description: 'There is no such data set', schema: errorSchema },
      413: { description: 'The body is too large', schema: errorSchema },
      503: { description: 'The database does not answer', schema: errorSchema },
    },
    errors: renderBackdropError,
    handlers: [enter(dependencies), readBody(dependencies.maxJsonBytes), storeRecords(dependencies)],
  };
}
