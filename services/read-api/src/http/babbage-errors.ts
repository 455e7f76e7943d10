import { type ErrorRenderer, requestIdOf } from '@flyloft/service-kit';

/** Errors of the cube API: `{status, message, context}` (cubes.md 5.4), with the code and the request's id. */
export const renderBabbageError: ErrorRenderer = (error, _req, res) => {
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
};
