import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { sendJson } from './send-json.ts';

/** Says that the process answers; asks no database (data-sets.md 1.1). */
export const getStatus: Endpoint = {
  method: 'get',
  path: '/_status',
  tag: 'status',
  summary: 'Says that the service is up',
  answers: {
    200: {
      description: 'The service is up',
      schema: z.object({ message: z.literal('app is up'), status: z.literal('ok') }),
    },
  },
  handlers: [
    (req, res) => {
      res.set('Cache-Control', 'no-cache');
      sendJson(req, res, 200, { status: 'ok', message: 'app is up' });
    },
  ],
};
