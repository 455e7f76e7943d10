import { backdropErrorBody, backdropErrorForm, backdropErrors, sendJson } from '@flyloft/data-sets-service';
import { type ErrorRenderer, errorRenderer } from '@flyloft/service-kit';
import { sendTaggedJson } from './send-tagged.ts';

const MESSAGES: Readonly<Record<string, string>> = {
  not_found: 'Not Found',
  method_not_allowed: 'Method Not Allowed',
  internal: 'Internal Server Error',
};

/** Errors in the form of the original's read service. */
export const renderBackdropError: ErrorRenderer = backdropErrors(MESSAGES);

/** The same on endpoints whose answers have an ETag: refusals have one too. */
export const renderTaggedBackdropError: ErrorRenderer = errorRenderer(
  backdropErrorForm,
  (error, req, res) => {
    // Nobody may be told that a refusal of a token has not changed.
    const send = error.status < 500 && error.status !== 401 ? sendTaggedJson : sendJson;
    send(req, res, error.status, backdropErrorBody(error, MESSAGES));
  },
);
