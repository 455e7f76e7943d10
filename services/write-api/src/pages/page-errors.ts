import { type ErrorRenderer, errorRenderer } from '@flyloft/service-kit';
import { z } from 'zod';
import { html } from './html.ts';
import { sendPage } from './layout.ts';

/** Errors as a page, for people. */
export const renderPageError: ErrorRenderer = errorRenderer(
  { contentType: 'text/html', schema: z.string() },
  (error, req, res) => {
    const isOurs = error.status === 500;
    const text = isOurs
      ? 'Something went wrong on our side. Please try again later'
      : (error.detail ?? error.title);
    sendPage(req, res, error.status, { title: error.title, body: html`<p role="alert">${text}.</p>` });
  },
);
