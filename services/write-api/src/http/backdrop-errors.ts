import { backdropErrorBody, backdropErrorForm, backdropErrors, sendJson } from '@flyloft/data-sets-service';
import { type ErrorRenderer, errorRenderer } from '@flyloft/service-kit';

/** The words of the original's framework, two spaces included (data-sets.md 1.2). */
const MESSAGES: Readonly<Record<string, string>> = {
  not_found:
    'The requested URL was not found on the server.  If you entered the URL manually please check your spelling and try again.',
  method_not_allowed: 'The method is not allowed for the requested URL.',
  internal: 'Internal Server Error',
};

/** Errors in the form of the original's write service. */
export const renderBackdropError: ErrorRenderer = backdropErrors(MESSAGES);

/** DELETE of a data set says the same for every token that is missing or wrong (data-sets.md 1.2). */
export const renderDeletionError: ErrorRenderer = errorRenderer(backdropErrorForm, (error, req, res) => {
  const body = backdropErrorBody(error, MESSAGES);
  // Express has forgotten the parameters of the route by now.
  const name = decodeURIComponent(req.path.slice(req.path.lastIndexOf('/') + 1));
  const message =
    error.status === 401 ? `Unauthorized: invalid or no token given for "${name}".` : body.message;
  sendJson(req, res, error.status, { ...body, message });
});
