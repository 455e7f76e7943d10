import type { ProblemError } from '@flyloft/common';
import { type ErrorRenderer, errorRenderer } from '@flyloft/service-kit';
import { z } from 'zod';
import { sendJson, sendTaggedJson } from './send.ts';

const MESSAGES: Readonly<Record<string, string>> = {
  not_found: 'Not Found',
  method_not_allowed: 'Method Not Allowed',
  internal: 'Internal Server Error',
};

const FORM = {
  contentType: 'application/json',
  schema: z
    .object({ status: z.literal('error'), message: z.string(), code: z.string() })
    .meta({ id: 'BackdropError' }),
};

function bodyOf(error: ProblemError): Record<string, string> {
  return {
    status: 'error',
    message: error.detail ?? MESSAGES[error.code] ?? error.title,
    code: error.code,
  };
}

/** Errors in the form of the original's read service: `{status, message}` (data-sets.md 1.0). */
export const renderBackdropError: ErrorRenderer = errorRenderer(FORM, (error, req, res) => {
  sendJson(req, res, error.status, bodyOf(error));
});

/** The same on endpoints whose answers have an ETag: refusals have one too. */
export const renderTaggedBackdropError: ErrorRenderer = errorRenderer(FORM, (error, req, res) => {
  const send = error.status < 500 ? sendTaggedJson : sendJson;
  send(req, res, error.status, bodyOf(error));
});
