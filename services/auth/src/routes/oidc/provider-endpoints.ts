import { type AnswerDescription, clientNetwork, type Endpoint, type EventLimit } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { ClientStore } from '../../clients/client-store.ts';
import type { SingleSignOn } from '../../oidc/single-sign-on.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { browserOf } from '../pages/browser.ts';
import { noStore } from '../request-parts.ts';

export interface ProviderDependencies extends SignInDependencies {
  readonly singleSignOn: SingleSignOn;
  readonly clients: ClientStore;
  /** Of the token endpoint, by client or address. */
  readonly tokenRequests: EventLimit;
}

const PROTOCOL = 'https://openid.net/specs/openid-connect-core-1_0.html';
const form = { body: { contentType: 'application/x-www-form-urlencoded', schema: z.looseObject({}) } };
const anything = { schema: z.looseObject({}) };

const failed = (description: string): AnswerDescription => ({
  ...{ description, ...anything },
  otherForms: { 'text/html': z.string() },
});
const REFUSED = { 400: failed('Refused, as RFC 6749 section 5.2 says'), 401: failed('Not this client') };
const PAGE = { contentType: 'text/html', schema: z.string() };

/** What pages of the provider may do: nothing but send their own form, to us or (what it adds) to an application. */
const pagePolicy: RequestHandler = (_req, res, next) => {
  const policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
  res.setHeader('Content-Security-Policy', policy);
  next();
};

interface Spec {
  readonly method?: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  readonly request?: NonNullable<Endpoint['request']>;
  readonly answers: Endpoint['answers'];
}

/** Addresses that a browser comes to. */
const BROWSER: readonly Spec[] = [
  {
    ...{ path: '/oidc/auth', summary: 'Begin a sign-in at an application (authorization endpoint)' },
    answers: {
      200: { description: 'The result, as a form that sends itself (response_mode=form_post)', ...PAGE },
      303: { description: 'To the application, or to a page that asks first' },
      400: { description: 'There is no such client, or it has no such address to lead back to', ...PAGE },
    },
  },
  {
    ...{ path: '/oidc/auth/:uid', summary: 'Go on with a sign-in' },
    request: { params: z.object({ uid: z.string() }) },
    answers: {
      200: { description: 'The result, as a form that sends itself', ...PAGE },
      303: { description: 'To the application, or to the next page' },
      400: { description: 'The sign-in is over, or belongs to another browser', ...PAGE },
    },
  },
  {
    ...{ path: '/oidc/session/end', summary: 'Sign out, asked by an application (RP-initiated logout)' },
    answers: {
      200: { description: 'Asks the person', ...PAGE },
      400: failed('The hint or the address is not right'),
    },
  },
  {
    ...{
      method: 'post',
      path: '/oidc/session/end/confirm',
      summary: 'The answer of the person who signs out',
    },
    request: form,
    answers: { 303: { description: 'Done; to the application' }, 400: failed('Not from our page') },
  },
  {
    ...{ path: '/oidc/session/end/success', summary: 'Says that the person is signed out' },
    answers: { 200: { description: 'The page', ...PAGE }, 400: failed('There is no such client') },
  },
];

/** Addresses that programs ask. */
const PROGRAMS: readonly Spec[] = [
  {
    ...{
      method: 'post',
      path: '/oidc/token',
      summary: 'Get tokens for a code, a refresh token, a device, a client',
    },
    request: form,
    answers: {
      200: { description: 'Tokens', ...anything },
      ...REFUSED,
      429: { description: 'Too many requests; Retry-After says how long to wait' },
    },
  },
  {
    ...{ method: 'post', path: '/oidc/token/introspection', summary: 'What a token is worth (RFC 7662)' },
    request: form,
    answers: { 200: { description: '`active`, and what it says', ...anything }, ...REFUSED },
  },
  {
    ...{ method: 'post', path: '/oidc/token/revocation', summary: 'End a token (RFC 7009)' },
    request: form,
    answers: { 200: { description: 'It is worth nothing now' }, ...REFUSED },
  },
  {
    ...{ method: 'post', path: '/oidc/request', summary: 'Push the parameters of a sign-in (RFC 9126)' },
    request: form,
    answers: { 201: { description: 'request_uri', ...anything }, ...REFUSED },
  },
  {
    ...{
      method: 'post',
      path: '/oidc/device/auth',
      summary: 'Codes for a device without a browser (RFC 8628)',
    },
    request: form,
    answers: { 200: { description: 'device_code and user_code', ...anything }, ...REFUSED },
  },
  {
    ...{ path: '/oidc/me', summary: 'What an application may know of the person (userinfo)' },
    answers: {
      200: { description: 'Claims, by scope', ...anything },
      ...REFUSED,
      403: failed('Scope openid is missing'),
    },
  },
  {
    ...{
      method: 'post',
      path: '/oidc/me',
      summary: 'Userinfo, with the token in the Authorization header or form',
    },
    request: form,
    answers: {
      200: { description: 'Claims, by scope', ...anything },
      ...REFUSED,
      403: failed('Scope openid is missing'),
    },
  },
  ...['openid-configuration', 'oauth-authorization-server'].map((name) => ({
    ...{ path: `/.well-known/${name}`, summary: 'Where everything is, and what is supported (discovery)' },
    answers: { 200: { description: 'Addresses of the issuer', ...anything } },
  })),
];

/** Who asks for tokens: the client that names itself in the header, or else the address. */
function askerOf(authorization: string | undefined, address: string): string {
  const [scheme = '', credentials = ''] = (authorization ?? '').split(' ');
  if (scheme.toLowerCase() !== 'basic') return `oidc ${address}`;
  return `oidc ${Buffer.from(credentials, 'base64').toString().split(':')[0]?.slice(0, 100)} ${address}`;
}

/** The addresses that oidc-provider answers. */
export function providerProtocolEndpoints(deps: ProviderDependencies): Endpoint[] {
  const { singleSignOn, tokenRequests } = deps;
  const forBrowsers: RequestHandler = async (req, res) => {
    const { session } = await browserOf(req, res, deps);
    await singleSignOn.answer(req, res, session);
  };
  const forPrograms: RequestHandler = (req, res) => singleSignOn.answer(req, res, undefined);
  const limit: RequestHandler = async (req, _res, next) => {
    await tokenRequests.count(askerOf(req.get('authorization'), clientNetwork(req.ip)));
    next();
  };
  const endpoint = ({ method = 'get', ...spec }: Spec, handlers: readonly RequestHandler[]): Endpoint => ({
    ...{ ...spec, method, tag: 'single sign-on', handlers },
    description: `Answered by oidc-provider; see ${PROTOCOL} and the RFC.`,
  });
  return [
    ...BROWSER.map((spec) => endpoint(spec, [noStore, pagePolicy, forBrowsers])),
    ...PROGRAMS.map((spec) =>
      endpoint(spec, spec.path === '/oidc/token' ? [noStore, limit, forPrograms] : [forPrograms]),
    ),
  ];
}
