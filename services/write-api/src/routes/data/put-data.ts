import { problem } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { WriteDependencies } from '../../dependencies.ts';
import { renderBackdropError } from '../../http/backdrop-errors.ts';
import { sendOutcome } from '../../http/send-outcome.ts';
import { WRONG_CONTENT_TYPE } from '../../uploads/read-upload.ts';
import { enterByPair, enteredDataSet } from './enter.ts';
import { readJsonBody } from './read-json-body.ts';
import { WRITE_ANSWERS } from './write-answers.ts';

function emptyDataSet(dependencies: WriteDependencies): RequestHandler {
  return async (req, res) => {
    const body = await readJsonBody(req, dependencies);
    if (body === undefined || body === null) throw problem('bad_request', WRONG_CONTENT_TYPE);
    if (!Array.isArray(body) || body.length > 0) {
      throw problem('bad_request', 'Not implemented: you can only pass an empty JSON list');
    }
    const dataSet = enteredDataSet(res);
    await dependencies.dataSets.store.drop(dataSet);
    sendOutcome(req, res, 200, { status: 'ok', message: `${dataSet.name} now contains 0 records` });
  };
}

export function putDataEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'put',
    path: '/data/:data_group/:data_type',
    tag: 'data',
    summary: 'Removes all records: the body is an empty list',
    secured: true,
    request: {
      params: z.object({ data_group: z.string(), data_type: z.string() }),
      body: { schema: z.array(z.unknown()).max(0) },
    },
    answers: WRITE_ANSWERS,
    errors: renderBackdropError,
    handlers: [...enterByPair(dependencies), emptyDataSet(dependencies)],
  };
}
