import { problem } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { FLOW_KINDS, type FlowFound, type FlowKind } from '../../kratos/kratos.ts';
import type { KratosSide } from '../../kratos/kratos-mode.ts';
import { kratosFailed } from '../../kratos/requests.ts';
import { FLOW_TITLES, kratosFlowPage } from '../../pages/kratos-pages.ts';
import { messagePage } from '../../pages/layout.ts';
import { withNext } from '../../pages/sign-in-page.ts';
import { NEXT_NOT_ALLOWED, type SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { browserHashOf } from '../pages/browser.ts';
import { allowFormTargets, pageEndpoint, sendPage } from '../pages/page-endpoint.ts';
import { isAllowed, nextOf } from '../pages/sign-in.ts';
import { backToSignIn, beginFlow, flowAddress, isOfKratos } from './hand-over.ts';
import { kratosCookies } from './kratos-session.ts';

const SETTINGS = '/auth/settings';

/** What an id of a flow looks like; anything else is not worth asking about. */
const ID = /^[\w-]{1,100}$/;

const one = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

/** Where a flow of this kind leads back to when it says nothing else. */
const returnToOf = (kind: FlowKind, origin: string, next: string | undefined) =>
  kind === 'settings' ? `${origin}${SETTINGS}` : backToSignIn(origin, next);

const isOurs = (origin: string, address: string | undefined): address is string =>
  address !== undefined && URL.canParse(address) && new URL(address).origin === origin;

/** Where the browser goes when there is no such flow to be shown. */
function onward(
  { origin }: SignInDependencies,
  kratos: KratosSide,
  kind: FlowKind,
  found: Exclude<FlowFound, { is: 'flow' | 'not here' }>,
): string {
  switch (found.is) {
    case 'sign in first':
      return kind === 'settings' ? withNext('/auth/login', `/auth/kratos/${kind}`) : '/auth/login';
    case 'elsewhere':
      if (isOfKratos(kratos, found.address) || isOurs(origin, found.address)) return found.address;
      throw kratosFailed(new Error('Kratos sends browsers to an address that is neither its own nor ours'));
    case 'over': {
      if (found.useFlow && ID.test(found.useFlow)) return `/auth/kratos/${kind}?flow=${found.useFlow}`;
      const returnTo = isOurs(origin, found.returnTo) ? found.returnTo : returnToOf(kind, origin, undefined);
      return flowAddress(kratos, kind, { returnTo });
    }
  }
}

async function showFlow(
  req: Request,
  res: Response,
  deps: SignInDependencies,
  kratos: KratosSide,
  { kind, id }: { readonly kind: FlowKind; readonly id: string },
): Promise<void> {
  const found: FlowFound = ID.test(id)
    ? await kratos.kratos.flow(kind, id, kratosCookies(req))
    : { is: 'not here' };
  if (found.is === 'not here') {
    throw problem('form_expired', 'This form was made for another browser, or is long over. Begin again.');
  }
  if (found.is !== 'flow') return void res.redirect(302, onward(deps, kratos, kind, found));
  const { flow } = found;
  if (!isOfKratos(kratos, flow.ui.action)) {
    throw kratosFailed(new Error('The forms of Kratos do not go to KRATOS_PUBLIC_URL'));
  }
  const next =
    isOurs(deps.origin, flow.return_to ?? undefined) &&
    new URL(flow.return_to ?? '').searchParams.get('next');
  const application = next ? await deps.formTargets(next, browserHashOf(req, deps.origin)) : [];
  allowFormTargets(res, [...kratos.providerOrigins, ...application]);
  // Kratos learns which origin a form comes from, and no more.
  res.setHeader('Referrer-Policy', 'strict-origin-when-cross-origin');
  sendPage(res, kratosFlowPage({ kind, flow, mayRegister: deps.selfRegistration }));
}

async function begin(
  req: Request,
  res: Response,
  deps: SignInDependencies,
  kratos: KratosSide,
  kind: FlowKind,
): Promise<void> {
  const next = nextOf(req);
  if (!isAllowed(next, deps)) return void res.redirect(302, NEXT_NOT_ALLOWED);
  await beginFlow(res, kratos, kind, { returnTo: returnToOf(kind, deps.origin, next) });
}

/** `/auth/register`, where Kratos makes the accounts. */
export function registerAtKratosEndpoint(deps: SignInDependencies, kratos: KratosSide): Endpoint {
  return pageEndpoint(deps, {
    ...{ method: 'get', path: '/auth/register', summary: 'Go to Ory Kratos to make an account' },
    query: z.object({ next: z.string().optional() }),
    answers: { 302: 'To Ory Kratos', 503: 'Kratos does not answer' },
    handler: (req, res) => begin(req, res, deps, kratos, 'registration'),
  });
}

/** The pages that Kratos sends browsers to (`ui_url` of each flow there), and where each begins. */
export function kratosEndpoints(deps: SignInDependencies, kratos: KratosSide): Endpoint[] {
  const show =
    (kind: FlowKind): RequestHandler =>
    async (req, res) => {
      const id = one(req.query.flow);
      if (id !== undefined) return showFlow(req, res, deps, kratos, { kind, id });
      await begin(req, res, deps, kratos, kind);
    };
  const showError: RequestHandler = async (req, res) => {
    const id = one(req.query.id) ?? '';
    const error = ID.test(id) ? await kratos.kratos.error(id) : undefined;
    if (error === undefined) throw problem('not_found', 'Nothing is known of this error. Begin again.');
    const again = { href: '/auth/login', text: 'To the sign-in page' };
    sendPage(res.status(400), messagePage(error.title, error.detail, again));
  };
  const answers = { 503: 'Kratos does not answer' };
  return [
    ...FLOW_KINDS.map((kind) =>
      pageEndpoint(deps, {
        ...{ method: 'get', path: `/auth/kratos/${kind}`, handler: show(kind) },
        summary: `A flow of Ory Kratos: ${FLOW_TITLES[kind].toLowerCase()}`,
        query: z.object({ flow: z.string().optional(), next: z.string().optional() }),
        answers: {
          200: 'The page; its form goes to Kratos',
          302: 'To Kratos, where the flow begins, or to sign in first',
          403: 'The flow is of another browser',
          ...answers,
        },
      }),
    ),
    pageEndpoint(deps, {
      ...{ method: 'get', path: '/auth/kratos/error', summary: 'An error of Ory Kratos', handler: showError },
      query: z.object({ id: z.string().optional() }),
      answers: { 400: 'The page', 404: 'No such error', ...answers },
    }),
  ];
}
