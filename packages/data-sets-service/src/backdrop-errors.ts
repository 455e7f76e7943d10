import type { ProblemError } from '@flyloft/common';
import { type ErrorForm, type ErrorRenderer, errorRenderer } from '@flyloft/service-kit';
import { z } from 'zod';
import { sendJson } from './send-json.ts';

/** The words of one of the original's services, by the code of the error. */
export type BackdropMessages = Readonly<Record<string, string>>;

export const backdropErrorForm = {
  contentType: 'application/json',
  schema: z
    .object({ status: z.literal('error'), message: z.string(), code: z.string() })
    .meta({ id: 'BackdropError' }),
} satisfies ErrorForm;

/** `{status, message}` (data-sets.md 1.0), with the code of the error beside them. */
export function backdropErrorBody(error: ProblemError, messages: BackdropMessages) {
  const message = error.detail ?? messages[error.code] ?? error.title;
  return { status: 'error', message, code: error.code };
}

/** Errors in the original's form; where an error says nothing itself, in these words. */
export function backdropErrors(messages: BackdropMessages): ErrorRenderer {
  return errorRenderer(backdropErrorForm, (error, req, res) => {
    sendJson(req, res, error.status, backdropErrorBody(error, messages));
  });
}
