import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import type { WriteDependencies } from '../../dependencies.ts';
import { renderBackdropError } from '../../http/backdrop-errors.ts';
import { sendOutcome } from '../../http/send-outcome.ts';
import { enterByPair, enteredDataSet } from './enter.ts';
import { recordIdOf, sendNoRecord } from './record-id.ts';
import { WRITE_ANSWERS } from './write-answers.ts';

export function deleteRecordEndpoint(dependencies: WriteDependencies): Endpoint {
  const { store } = dependencies.dataSets;
  return {
    method: 'delete',
    path: '/data/:data_group/:data_type/:id',
    tag: 'data',
    summary: 'Removes one record',
    secured: true,
    request: { params: z.object({ data_group: z.string(), data_type: z.string(), id: z.string() }) },
    answers: WRITE_ANSWERS,
    errors: renderBackdropError,
    handlers: [
      ...enterByPair(dependencies),
      async (req, res) => {
        if (!(await store.remove(enteredDataSet(res), recordIdOf(req)))) sendNoRecord(req, res);
        else sendOutcome(req, res, 200, { status: 'ok' });
      },
    ],
  };
}
