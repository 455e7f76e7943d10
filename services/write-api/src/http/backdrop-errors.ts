import type { ProblemError } from '@flyloft/common';
import { type ErrorRenderer, errorRenderer } from '@flyloft/service-kit';
import { z } from 'zod';
import { sendJson } from './send.ts';

/** The words of the original's framework, two spaces included (data-sets.md 1.2). */
const MESSAGES: Readonly<Record<string, string>> = {
  not_found:
    'The requested URL was not found on the server.  If you entered the URL manually please check your spelling and try again.',
  method_not_allowed: 'The method is not allowed for the requested URL.',
  internal: 'Internal Server Error',
};

export const backdropErrorSchema = z
  .object({ status: z.literal('error'), message: z.string(), code: z.string() })
  .meta({ id: 'BackdropError' });

const FORM = { contentType: 'application/json', schema: backdropErrorSchema };

function messageOf(error: ProblemError): string {
  return error.detail ?? MESSAGES[error.code] ?? error.title;
}

/** Errors in the form of the original's write service: `{status, message}` (data-sets.md 1.0). */
export const renderBackdropError: ErrorRenderer = errorRenderer(FORM, (error, req, res) => {
  sendJson(req, res, error.status, { status: 'error', message: messageOf(error), code: error.code });
});

/** DELETE of a data set says the same for every token that is missing or wrong (data-sets.md 1.2). */
export const renderDeletionError: ErrorRenderer = errorRenderer(FORM, (error, req, res) => {
  // Express has forgotten the parameters of the route by now.
  const name = decodeURIComponent(req.path.slice(req.path.lastIndexOf('/') + 1));
  const message =
    error.status === 401 ? `Unauthorized: invalid or no token given for "${name}".` : messageOf(error);
  sendJson(req, res, error.status, { status: 'error', message, code: error.code });
});
