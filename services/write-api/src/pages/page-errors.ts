import type { ErrorRenderer } from '@flyloft/service-kit';
import { html } from './html.ts';
import { sendPage } from './layout.ts';

/** Errors as a page, for people. */
export const renderPageError: ErrorRenderer = (error, req, res) => {
  const isOurs = error.status === 500;
  const text = isOurs
    ? 'Something went wrong on our side. Please try again later'
    : (error.detail ?? error.title);
  sendPage(req, res, error.status, { title: error.title, body: html`<p role="alert">${text}.</p>` });
};
