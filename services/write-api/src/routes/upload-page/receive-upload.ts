import { ProblemError, problem } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { receiveFile } from '../../bodies/receive-file.ts';
import type { WriteDependencies } from '../../dependencies.ts';
import { sendPage } from '../../pages/layout.ts';
import { renderPageError } from '../../pages/page-errors.ts';
import { previewOf } from '../../pages/preview.ts';
import { type UploadResult, uploadPage } from '../../pages/upload-page.ts';
import { isOwnForm, type SignIn } from '../../sign-in/sign-in.ts';
import { checkNotEmpty, countsRows, type Upload } from '../../uploads/read-upload.ts';
import { formatOfFile } from '../../uploads/upload-format.ts';
import { checkUpload } from '../../writing/check-upload.ts';
import { writeUpload } from '../../writing/write-upload.ts';
import { enterPage, type Visit, visitOf } from './enter-page.ts';

const MOST_ERRORS = 100;

/** Checks a file and, when that is wanted and nothing is wrong, stores it. */
async function takeFile(
  { dataSets }: WriteDependencies,
  { dataSet }: Visit,
  file: { readonly upload: Upload; readonly filename: string; readonly isToStore: boolean },
): Promise<UploadResult> {
  const { upload, filename, isToStore } = file;
  checkNotEmpty(upload);
  const checked = await checkUpload(dataSet, upload);
  if (checked.kind === 'refused') {
    const unit = countsRows(upload.format) ? 'Row' : 'Record';
    const errors = checked.errors.slice(0, MOST_ERRORS).map(({ record, message }) => ({
      ...{ place: `${unit} ${record}`, message },
    }));
    // What cannot be read at all has no first rows.
    const preview = await previewOf(upload).catch(() => undefined);
    return { kind: 'refused', filename, errors, total: checked.total, ...(preview && { preview }) };
  }
  const preview = await previewOf(upload);
  if (!isToStore) return { kind: 'faultless', filename, preview };
  const { status } = await writeUpload(dataSets, { dataSet, upload, success: null });
  if (status !== 200) throw problem('conflict', 'The data set was changed meanwhile. Please try again');
  return { kind: 'stored', filename, preview };
}

/** A file that cannot be read is told on the page, beside the form; what is not the file's fault is not. */
function asRefusal(error: unknown, filename: string): UploadResult {
  const isFiles = error instanceof ProblemError && [400, 413, 422].includes(error.status);
  if (!isFiles) throw error;
  return { kind: 'refused', filename, total: 1, errors: [{ place: null, message: error.message }] };
}

function receiveUpload(dependencies: WriteDependencies, logger: Logger): RequestHandler {
  return async (req, res) => {
    const visit = visitOf(res);
    const { dataSet, session } = visit;
    const file = await receiveFile(req, dependencies.bodies, dependencies.maxFileBytes);
    if (file === undefined) throw problem('bad_request', 'No file was chosen');
    const { body, filename, fields } = file;
    try {
      if (!isOwnForm(session, fields.get('csrf'))) {
        throw problem('permission_denied', 'This form is too old. Please open the page again');
      }
      const format = formatOfFile(file) ?? dataSet.settings.upload_format;
      const isToStore = fields.get('action') !== 'check';
      const work = () => takeFile(dependencies, visit, { upload: { body, format }, filename, isToStore });
      const result = await dependencies.turns
        .take(body, work)
        .catch((error: unknown) => asRefusal(error, filename));
      if (result.kind === 'stored') {
        logger.info({ data_set: dataSet.name, subject: session.subject }, 'a person uploaded a file');
      }
      sendPage(req, res, result.kind === 'refused' ? 400 : 200, uploadPage(dataSet, session, result));
    } finally {
      await body.close();
    }
  };
}

export function receiveUploadEndpoint(
  dependencies: WriteDependencies,
  signIn: SignIn,
  logger: Logger,
): Endpoint {
  return {
    method: 'post',
    path: '/:data_set_name/upload',
    tag: 'signing in',
    summary: 'Checks or stores the file of a signed-in person',
    request: {
      params: z.object({ data_set_name: z.string() }),
      body: {
        contentType: 'multipart/form-data',
        schema: z.object({
          csrf: z.string(),
          action: z.enum(['store', 'check']).optional(),
          file: z.string().describe('The file'),
        }),
      },
    },
    answers: {
      200: { description: 'Stored, or found without fault', contentType: 'text/html' },
      302: { description: 'To sign in' },
      400: {
        description: 'The file has faults, which are listed; nothing was stored',
        contentType: 'text/html',
      },
      403: { description: 'The person may not upload, or the form is not ours', contentType: 'text/html' },
      404: { description: 'There is no such data set', contentType: 'text/html' },
      409: { description: 'The data set was changed meanwhile', contentType: 'text/html' },
      413: { description: 'The file is too large', contentType: 'text/html' },
      503: { description: 'The database does not answer', contentType: 'text/html' },
      504: { description: 'The database takes too long', contentType: 'text/html' },
    },
    errors: renderPageError,
    handlers: [enterPage(dependencies.dataSets, signIn), receiveUpload(dependencies, logger)],
  };
}
