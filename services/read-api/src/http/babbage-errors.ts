import { type ErrorRenderer, errorRenderer, requestIdOf } from '@flyloft/service-kit';
import { z } from 'zod';

const errorBody = z
  .object({
    status: z.literal('error'),
    message: z.string(),
    context: z.record(z.string(), z.string()),
    code: z.string(),
    request_id: z.string(),
  })
  .meta({ id: 'BabbageError' });

/** Errors of the cube API: `{status, message, context}` (cubes.md 5.4), with the code and the request's id. */
export const renderBabbageError: ErrorRenderer = errorRenderer(
  { contentType: 'application/json', schema: errorBody },
  (error, _req, res) => {
    const parameters = error.errors.flatMap(({ parameter, detail }) =>
      parameter === undefined ? [] : [[parameter, detail] as const],
    );
    res.status(error.status).json({
      status: 'error',
      message: error.detail ?? error.title,
      context: Object.fromEntries(parameters),
      code: error.code,
      request_id: requestIdOf(res),
    });
  },
);
