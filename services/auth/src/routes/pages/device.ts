import { problem } from '@flyloft/common';
import { clientNetwork, type Endpoint } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { WaitingDevice } from '../../oidc/devices.ts';
import { scopeNames, scopeText } from '../../oidc/scopes.ts';
import { consentPage, deviceCodePage } from '../../pages/consent-page.ts';
import { html } from '../../pages/html.ts';
import { messagePage } from '../../pages/layout.ts';
import type { LiveSession } from '../../sessions/session.ts';
import { limited } from '../../sign-in/sign-in-service.ts';
import type { ProviderDependencies } from '../oidc/provider-endpoints.ts';
import { browserOf, fieldOf, requireForm } from './browser.ts';
import { pageEndpoint, sendPage } from './page-endpoint.ts';
import { csrfForm } from './sign-in.ts';

const INTRO = 'A device shows this code and waits. Go on only if it is yours and in front of you:';
const OVER = 'There is no such code, or it is over. Look at the device again.';
const SETTINGS = { href: '/auth/settings', text: 'To your account' };

function toSignIn(res: Response, userCode: string): void {
  const query = userCode === '' ? '' : `?${new URLSearchParams({ user_code: userCode })}`;
  res.redirect(303, `/auth/login?${new URLSearchParams({ next: `/auth/device${query}` })}`);
}

function questionPage(
  device: WaitingDevice,
  session: LiveSession,
  csrfToken: string,
  userCode: string,
): string {
  const { client_name: name, client_uri: uri } = device.client.metadata;
  // as the device writes it, however it was typed
  const written = userCode
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '')
    .replace(/^.{4}/, '$&-');
  const intro = html`${INTRO} <strong>${written}</strong>`;
  return consentPage({
    ...{ csrfToken, action: '/auth/device', client: { name, uri }, intro },
    person: session.user.name ?? session.user.username,
    scopes: scopeNames(device.wanted).map(scopeText),
    fields: { user_code: userCode },
  });
}

/** Lets a device in that has no browser of its own (RFC 8628): its code, then a question. */
export function deviceEndpoints(deps: ProviderDependencies): Endpoint[] {
  const { devices } = deps.singleSignOn;
  /** A code is guessed as a password is: under the same limits (auth.md D26). */
  const find = async (req: Request, session: LiveSession, userCode: string) => {
    const attempt = { account: `device ${session.user.id}`, address: clientNetwork(req.ip) };
    let device: WaitingDevice | undefined;
    await limited(deps.limits, attempt, async () => {
      device = await devices.find(userCode);
      return device !== undefined;
    });
    return device;
  };
  const show: RequestHandler = async (req, res) => {
    const userCode = typeof req.query.user_code === 'string' ? req.query.user_code : '';
    const { session, csrfToken } = await browserOf(req, res, deps);
    if (session === undefined) return toSignIn(res, userCode);
    sendPage(res, deviceCodePage(csrfToken, userCode));
  };
  const answer: RequestHandler = async (req, res) => {
    const { session, csrfToken } = await requireForm(req, res, deps);
    const userCode = fieldOf(req, 'user_code').slice(0, 40);
    const decision = fieldOf(req, 'decision');
    if (session === undefined) return toSignIn(res, userCode);
    const device = await find(req, session, userCode);
    if (device === undefined) return sendPage(res.status(400), deviceCodePage(csrfToken, userCode, OVER));
    if (!(await devices.mayEnter(device, session))) {
      throw problem(
        'permission_denied',
        'You have no access to that application: ask an administrator for it',
      );
    }
    if (decision === '') return sendPage(res, questionPage(device, session, csrfToken, userCode));
    const isAllowed = decision === 'allow';
    if (!(await devices.decide(device, session, isAllowed))) {
      return sendPage(res.status(400), deviceCodePage(csrfToken, userCode, OVER));
    }
    const [title, text] = isAllowed
      ? ['The device is connected', 'Go back to it: it goes on by itself in a few seconds.']
      : ['The device is not connected', 'It has been told.'];
    sendPage(res, messagePage(title, text, SETTINGS));
  };
  const moved: RequestHandler = (_req, res) => res.redirect(303, '/auth/device');
  const place = { summary: 'The page for devices; it is at /auth/device' };
  return [
    pageEndpoint(deps, {
      ...{ method: 'get', path: '/auth/device', summary: 'Asks for the code of a device', handler: show },
      query: z.object({ user_code: z.string().optional() }),
      answers: { 200: 'The page', 303: 'Sign in first' },
    }),
    pageEndpoint(deps, {
      ...{
        method: 'post',
        path: '/auth/device',
        summary: 'The code of a device, then the answer',
        handler: answer,
      },
      form: csrfForm.extend({ user_code: z.string(), decision: z.string().optional() }),
      answers: {
        200: 'Asks, or says what came of it',
        303: 'Sign in first',
        400: 'There is no such code, or it is over',
        403: 'The form is not from our page, or the person may not enter the application',
        415: 'Not a form',
        429: 'Too many wrong codes',
      },
    }),
    pageEndpoint(deps, {
      ...place,
      method: 'get',
      path: '/oidc/device',
      handler: moved,
      answers: { 303: 'There' },
    }),
    pageEndpoint(deps, {
      ...{ ...place, method: 'post', path: '/oidc/device', handler: moved, form: z.looseObject({}) },
      answers: { 303: 'There', 415: 'Not a form' },
    }),
  ];
}
