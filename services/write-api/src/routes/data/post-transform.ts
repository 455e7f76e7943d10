import { problem } from '@flyloft/common';
import { parseRecordDate } from '@flyloft/data-sets';
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

const momentSchema = z.string().meta({ format: 'date-time' });
const rangeSchema = z.object({ _start_at: momentSchema, _end_at: momentSchema.optional() });

const ONE_SECOND = 1_000;

function readDate(value: unknown, key: string): Date {
  const date = typeof value === 'string' ? parseRecordDate(value) : 'not a date';
  if (date instanceof Date) return date;
  throw problem('invalid_parameter', `${key} is not a valid datetime`);
}

function readRange(body: unknown): { from: Date; to: Date } {
  const { _start_at: start, _end_at: end } = Object(body);
  if (start === undefined || start === null) {
    throw problem('invalid_parameter', 'You must specify a _start_at timestamp');
  }
  const now = new Date(Math.floor(Date.now() / ONE_SECOND) * ONE_SECOND);
  const range = { from: readDate(start, '_start_at'), to: end == null ? now : readDate(end, '_end_at') };
  if (range.from > range.to) throw problem('invalid_parameter', '_end_at is before _start_at');
  return range;
}

function runTransforms(dependencies: WriteDependencies): RequestHandler {
  const { dataSets, callTransforms } = dependencies;
  return async (req, res) => {
    const body = await readJsonBody(req, dependencies);
    if (body === undefined) throw problem('bad_request', WRONG_CONTENT_TYPE);
    const range = readRange(body);
    if (callTransforms === undefined) {
      throw problem('unprocessable', 'This write-api has no queue, so no worker would run transforms');
    }
    callTransforms(await dataSets.transforms.mark(enteredDataSet(res), range, 0));
    sendOutcome(req, res, 200, { status: 'ok' });
  };
}

export function postTransformEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'post',
    path: '/data/:data_group/:data_type/transform',
    tag: 'transforms',
    summary: 'Runs the transforms of a data set for a time',
    description: 'As if records from _start_at to _end_at (default now) had been written.',
    secured: true,
    request: {
      params: z.object({ data_group: z.string(), data_type: z.string() }),
      body: { schema: rangeSchema },
    },
    answers: { ...WRITE_ANSWERS, 422: { description: 'This write-api has no queue' } },
    errors: renderBackdropError,
    handlers: [...enterByPair(dependencies), runTransforms(dependencies)],
  };
}
