import { problem } from '@flyloft/common';
import { type Endpoint, idempotencyHeaders } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { receiveFile } from '../../bodies/receive-file.ts';
import type { WriteDependencies } from '../../dependencies.ts';
import { renderBackdropError } from '../../http/backdrop-errors.ts';
import { formatOfFile } from '../../uploads/upload-format.ts';
import { enterByPair, enteredDataSet } from './enter.ts';
import { sheetOf, storeUpload, uploadQuerySchema } from './store-upload.ts';
import { UPLOAD_ANSWERS } from './write-answers.ts';

function uploadFile(dependencies: WriteDependencies): RequestHandler {
  return async (req, res) => {
    const file = await receiveFile(req, dependencies.bodies, dependencies.maxFileBytes);
    if (file === undefined)
      throw problem('bad_request', 'Expected a multipart body with a file named "file"');
    // A file of no known name or type is what the data set is uploaded with.
    const format = formatOfFile(file) ?? enteredDataSet(res).settings.upload_format;
    const upload = { body: file.body, format, sheet: sheetOf(req) };
    await storeUpload(dependencies, { req, res, upload, success: { status: 'ok' } });
  };
}

export function uploadFileEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'post',
    path: '/data/:data_group/:data_type/upload',
    tag: 'data',
    summary: 'Stores the records of a file, all or nothing',
    description: 'What browsers and `curl -F file=@records.csv` send: CSV, Excel, NDJSON or JSON.',
    secured: true,
    request: {
      params: z.object({ data_group: z.string(), data_type: z.string() }),
      query: uploadQuerySchema,
      headers: idempotencyHeaders,
      body: {
        contentType: 'multipart/form-data',
        schema: z.object({ file: z.string().describe('The file') }),
      },
    },
    answers: UPLOAD_ANSWERS,
    errors: renderBackdropError,
    handlers: [...enterByPair(dependencies), uploadFile(dependencies)],
  };
}
