import type { DataSets } from '@flyloft/data-sets';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { sendPage } from '../../pages/layout.ts';
import { renderPageError } from '../../pages/page-errors.ts';
import { uploadPage } from '../../pages/upload-page.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';
import { enterPage, visitOf } from './enter-page.ts';

export function showUploadPageEndpoint(dataSets: DataSets, signIn: SignIn): Endpoint {
  return {
    method: 'get',
    path: '/:data_set_name/upload',
    tag: 'signing in',
    summary: 'The page on which a signed-in person uploads a file',
    request: { params: z.object({ data_set_name: z.string() }) },
    answers: {
      200: { description: 'The page', contentType: 'text/html' },
      302: { description: 'To sign in' },
      403: { description: 'The person may not upload', contentType: 'text/html' },
      404: { description: 'There is no such data set', contentType: 'text/html' },
      503: { description: 'The database does not answer', contentType: 'text/html' },
    },
    errors: renderPageError,
    handlers: [
      enterPage(dataSets, signIn),
      (req, res) => {
        const { dataSet, session } = visitOf(res);
        sendPage(req, res, 200, uploadPage(dataSet, session));
      },
    ],
  };
}
