import { type ProblemError, problem } from '@flyloft/common';
import type { AnswerDescription, Endpoint, ErrorRenderer } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { messagePage } from '../../pages/layout.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { keptParameters, noStore } from '../request-parts.ts';
import { browserHashOf } from './browser.ts';

export interface Page {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly form?: z.ZodObject;
  /** A text: an HTML page, or nothing for a redirect. */
  readonly answers: Readonly<Record<number, string | AnswerDescription>>;
  /** The address that a sign-in on this page leads to in the end. */
  readonly leadsTo?: (req: Request) => string | undefined;
  readonly handler: RequestHandler;
}

/** An error as a page of its own, which says where it goes on. */
const renderErrorPage: ErrorRenderer = (error: ProblemError, _req, res) => {
  const message = error.detail ?? 'Please try again.';
  const onward = { href: '/auth/login', text: 'To the sign-in page' };
  sendPage(res.status(error.status), messagePage(error.title, message, onward));
};

export function sendPage(res: Response, markup: string): void {
  res.type('html').send(markup);
}

type PageDependencies = Pick<
  SignInDependencies,
  'origin' | 'nextPolicy' | 'providers' | 'formTargets' | 'kratos'
>;

/**
 * What a browser may do with our pages. A form may lead on to a provider or back to an allowed origin, and
 * browsers check the whole way of a form against this.
 */
function pageHeaders({ nextPolicy, providers, kratos }: PageDependencies): RequestHandler {
  const targets = [
    ...new Set([
      ...[...providers.values()].map(({ origin }) => origin),
      ...nextPolicy.allowedOrigins,
      ...nextPolicy.compatOrigins,
      ...(kratos ? [new URL(kratos.publicUrl).origin] : []),
    ]),
  ];
  const shared =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";
  const policy = `${shared}; form-action ${["'self'", ...targets].join(' ')}`;
  return (_req, res, next) => {
    res.setHeader('Content-Security-Policy', policy);
    // Our own addresses to ourselves alone. (`no-referrer` would make browsers send `Origin: null`.)
    res.setHeader('Referrer-Policy', 'same-origin');
    next();
  };
}

/** Lets the forms of a page lead to these origins, too: browsers check the whole way of a form. */
export function allowFormTargets(res: Response, origins: readonly string[]): void {
  const policy = String(res.getHeader('Content-Security-Policy'));
  // Its last directive is the one about forms.
  if (origins.length === 0) return;
  res.setHeader('Content-Security-Policy', `${policy} ${origins.join(' ')}`);
}

/** A sign-in may end at an application. */
function formTargets(
  { origin, formTargets: targetsOf }: PageDependencies,
  leadsTo: NonNullable<Page['leadsTo']>,
): RequestHandler {
  return async (req, res, next) => {
    const address = leadsTo(req);
    if (address !== undefined) allowFormTargets(res, await targetsOf(address, browserHashOf(req, origin)));
    next();
  };
}

const TOO_LARGE = { 413: 'The form is too large' };

/** A page, or what its form is sent to. */
export function pageEndpoint(
  deps: PageDependencies,
  { method, path, summary, params, query, form, answers, leadsTo, handler }: Page,
): Endpoint {
  const all = { 400: 'The request cannot be read', ...(form ? TOO_LARGE : {}), ...answers };
  const described = Object.entries(all).map(([status, answer]): [string, AnswerDescription] => [
    status,
    describe(Number(status), answer),
  ]);
  const body = form && { contentType: 'application/x-www-form-urlencoded', schema: form };
  return {
    ...{ method, path, tag: 'sign-in pages', summary },
    request: { ...(params ? { params } : {}), ...(query ? { query } : {}), ...(body ? { body } : {}) },
    answers: Object.fromEntries(described),
    errors: renderErrorPage,
    handlers: [
      ...[noStore, pageHeaders(deps), ...keptParameters, requireFormBody],
      ...(leadsTo ? [formTargets(deps, leadsTo)] : []),
      handler,
    ],
  };
}

function describe(status: number, answer: string | AnswerDescription): AnswerDescription {
  if (typeof answer !== 'string') return answer;
  const isRedirect = status >= 300 && status < 400;
  return isRedirect ? { description: answer } : { description: answer, contentType: 'text/html' };
}

const requireFormBody: RequestHandler = (req, _res, next) => {
  if (req.method === 'POST' && req.is('application/x-www-form-urlencoded') === false) {
    throw problem('unsupported_media_type', 'Send a form: application/x-www-form-urlencoded');
  }
  next();
};
