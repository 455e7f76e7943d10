import { parsePatch, RecordRefusal, refusalOf, schemaOf } from '@flyloft/data-sets';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { WriteDependencies } from '../../dependencies.ts';
import { renderBackdropError } from '../../http/backdrop-errors.ts';
import { sendOutcome } from '../../http/send-outcome.ts';
import { WRONG_CONTENT_TYPE } from '../../uploads/read-upload.ts';
import { enterByPair, enteredDataSet } from './enter.ts';
import { readJsonBody } from './read-json-body.ts';
import { recordIdOf, sendNoRecord } from './record-id.ts';
import { recordSchema, WRITE_ANSWERS } from './write-answers.ts';

function patchRecord(dependencies: WriteDependencies): RequestHandler {
  const { store } = dependencies.dataSets;
  return async (req, res) => {
    const dataSet = enteredDataSet(res);
    const id = recordIdOf(req);
    const body = await readJsonBody(req, dependencies);
    if (body === undefined || body === null) {
      sendOutcome(req, res, 400, { messages: [WRONG_CONTENT_TYPE] });
      return;
    }
    const patch = parsePatch(body, { id, schema: schemaOf(dataSet) });
    if ('errors' in patch) {
      sendOutcome(req, res, 400, refusalOf(patch.errors));
      return;
    }
    try {
      if (!(await store.modify(dataSet, id, patch.change))) sendNoRecord(req, res);
      else sendOutcome(req, res, 200, { status: 'ok' });
    } catch (error) {
      if (!(error instanceof RecordRefusal)) throw error;
      sendOutcome(req, res, 400, refusalOf(error.errors));
    }
  };
}

export function patchRecordEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'patch',
    path: '/data/:data_group/:data_type/:id',
    tag: 'data',
    summary: 'Changes keys of one record; its other keys stay',
    description: 'Checked like a new record, and as a whole by the schema of the data set.',
    secured: true,
    request: {
      params: z.object({ data_group: z.string(), data_type: z.string(), id: z.string() }),
      body: { schema: recordSchema },
    },
    answers: {
      ...WRITE_ANSWERS,
      422: { description: 'The schema of the data set cannot be used' },
    },
    errors: renderBackdropError,
    handlers: [...enterByPair(dependencies), patchRecord(dependencies)],
  };
}
