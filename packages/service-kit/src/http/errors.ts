import { type ProblemCode, ProblemError } from '@flyloft/common';
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { isDependencyDown } from './dependency-down.ts';
import { readOffRest } from './read-off.ts';
import { requestIdOf } from './request-id.ts';

/** How errors look on the wire, for the OpenAPI document. */
export interface ErrorForm {
  readonly contentType: string;
  readonly schema: z.ZodType;
}

type WriteError = (error: ProblemError, req: Request, res: Response) => void;

/** Writes an error in the form of one contract. Headers of the problem are already set. */
export interface ErrorRenderer extends WriteError {
  readonly form?: ErrorForm;
}

/** An error renderer that says what it writes, so that no endpoint has to. */
export function errorRenderer(form: ErrorForm, write: WriteError): ErrorRenderer {
  return Object.assign((...error: Parameters<WriteError>) => write(...error), { form });
}

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional().describe('What is wrong with this request'),
    instance: z.string().optional().describe('The path that was asked for; not there with 404'),
    code: z.string().describe('One of docs/errors.md; it never changes its meaning'),
    request_id: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional(),
          parameter: z.string().optional(),
          detail: z.string(),
          phrase: z.string().optional().describe('With words_not_allowed'),
          position: z.int().optional().describe('Where the phrase begins in the text, from 0'),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });

/** RFC 9457 problem details, the form of every endpoint that keeps no older contract. */
export const renderProblem: ErrorRenderer = errorRenderer(
  { contentType: 'application/problem+json', schema: problemSchema },
  (error, req, res) => {
    res
      .status(error.status)
      .type('application/problem+json')
      .send(
        JSON.stringify({
          type: `urn:flyloft:problem:${error.code}`,
          title: error.title,
          status: error.status,
          ...(error.detail === undefined ? {} : { detail: error.detail }),
          // The answer for what is not there, or not the caller's to know of, repeats nothing of the question.
          ...(error.status === 404 ? {} : { instance: req.path }),
          code: error.code,
          request_id: requestIdOf(res),
          ...(error.errors.length === 0 ? {} : { errors: error.errors }),
        }),
      );
  },
);

export function setErrorRenderer(res: Response, renderer: ErrorRenderer): void {
  res.locals.errorRenderer = renderer;
}

function rendererOf(res: Response, fallback: ErrorRenderer): ErrorRenderer {
  const renderer: unknown = res.locals.errorRenderer;
  // set only by setErrorRenderer above
  return typeof renderer === 'function' ? (renderer as ErrorRenderer) : fallback;
}

/** What Express and its body parsers throw carries a status and sometimes a type. */
interface HttpError {
  readonly status: number;
  readonly type: string | undefined;
  readonly message: string;
}

function asHttpError(error: unknown): HttpError | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const { status } = error;
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  const type = 'type' in error && typeof error.type === 'string' ? error.type : undefined;
  return { status, type, message: error.message };
}

const CODE_BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'too_large',
  415: 'unsupported_media_type',
};

/** When to come again, unless the problem knows better. */
const RETRY_AFTER_SECONDS = '5';

/** Any thrown value as a problem; what is not a client's fault becomes `internal`, without its message. */
function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isDependencyDown(error)) {
    return new ProblemError('unavailable', { cause: error });
  }
  const http = asHttpError(error);
  if (http === undefined) return new ProblemError('internal', { cause: error });
  if (http.type === 'entity.parse.failed') {
    return new ProblemError('invalid_json', { detail: http.message, cause: error });
  }
  const code = CODE_BY_STATUS[http.status] ?? 'bad_request';
  return new ProblemError(code, { detail: http.message, cause: error });
}

/** The last middleware: logs what is our fault, renders everything. */
export function errorHandler(logger: Logger, fallback: ErrorRenderer): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    const error = toProblem(thrown);
    if (error.status >= 500) {
      logger.error({ err: thrown, request_id: requestIdOf(res), path: req.path }, error.message);
    }
    if (res.headersSent) {
      // Half an answer is on its way: only cutting the connection tells the client so.
      next(thrown);
      return;
    }
    if (error.status === 503) res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
    for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value);
    readOffRest(req, res);
    rendererOf(res, fallback)(error, req, res);
  };
}
