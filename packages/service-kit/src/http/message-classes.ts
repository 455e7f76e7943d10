import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';

/**
 * Options for a server whose requests and answers have what this Express app gives them when they are made. It changes
 * the prototype of each otherwise, which makes them slow objects; endpoints that are asked directly need not (direct.ts).
 */
export function messageClasses(app: RequestListener): {
  IncomingMessage?: typeof IncomingMessage;
  ServerResponse?: typeof ServerResponse;
} {
  if (!('request' in app && 'response' in app)) return {};
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse<R extends IncomingMessage> extends ServerResponse<R> {}
  // Both stand on Node's own prototypes.
  Object.setPrototypeOf(ExpressRequest.prototype, Object(app.request));
  Object.setPrototypeOf(ExpressResponse.prototype, Object(app.response));
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}
