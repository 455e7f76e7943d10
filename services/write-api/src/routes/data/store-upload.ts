import { idempotencyKeyOf, markReplayed } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Body } from '../../bodies/body.ts';
import { arrivedBody, requestBytes } from '../../bodies/request-bytes.ts';
import type { WriteDependencies } from '../../dependencies.ts';
import { sendOutcome } from '../../http/send-outcome.ts';
import { checkNotEmpty, type Upload, WRONG_CONTENT_TYPE } from '../../uploads/read-upload.ts';
import { formatOfRequest } from '../../uploads/upload-format.ts';
import { writeUpload, writeUploadOnce } from '../../writing/write-upload.ts';
import { enteredDataSet } from './enter.ts';

/** `?sheet=` of an Excel file, by its name or its number from 1. */
export const uploadQuerySchema = z.object({ sheet: z.string().optional() });

export function sheetOf(req: Request): string | undefined {
  const { sheet } = req.query;
  return typeof sheet === 'string' && sheet !== '' ? sheet : undefined;
}

/** Checks and stores what was sent, and answers; closes the body. */
export async function storeUpload(
  { dataSets, turns }: WriteDependencies,
  { req, res, upload, success }: { req: Request; res: Response; upload: Upload; success: unknown },
): Promise<void> {
  const { body } = upload;
  try {
    checkNotEmpty(upload);
    const key = idempotencyKeyOf(req);
    const write = { dataSet: enteredDataSet(res), upload, success };
    const work = () =>
      key === undefined ? writeUpload(dataSets, write) : writeUploadOnce(dataSets, write, key);
    const answer = await turns.take(body, work);
    if (answer.isReplayed) markReplayed(res);
    sendOutcome(req, res, answer.status, answer.body);
  } finally {
    await body.close();
  }
}

/** Takes the request's body as records, in the form that its content type tells. */
export function storeBody(dependencies: WriteDependencies, success: unknown): RequestHandler {
  const { bodies, maxJsonBytes, maxFileBytes } = dependencies;
  return async (req, res) => {
    const format = formatOfRequest(req);
    if (format === undefined) {
      sendOutcome(req, res, 400, { messages: [WRONG_CONTENT_TYPE] });
      return;
    }
    const limit = format === 'json' ? maxJsonBytes : maxFileBytes;
    const body: Body = await bodies.receive((await arrivedBody(req, limit)) ?? requestBytes(req, limit));
    const upload: Upload = { body, format, sheet: sheetOf(req) };
    await storeUpload(dependencies, { req, res, upload, success });
  };
}
