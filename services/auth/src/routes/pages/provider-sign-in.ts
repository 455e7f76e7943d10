import { ProblemError, problem } from '@flyloft/common';
import { type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Provider, ProviderProfile } from '../../providers/provider.ts';
import { hashOfSecret, randomSecret } from '../../random-secret.ts';
import { isFresh } from '../../sessions/session.ts';
import { NEXT_NOT_ALLOWED, type SignInDependencies } from '../../sign-in/sign-in-service.ts';
import type { LoginTransaction } from '../../sign-in/sign-in-store.ts';
import { type Browser, browserOf, requireForm } from './browser.ts';
import { finishSignIn } from './finish-sign-in.ts';
import { pageEndpoint } from './page-endpoint.ts';
import { csrfForm, isAllowed, nextOf } from './sign-in.ts';

const LIFE_MILLISECONDS = 10 * 60_000;
const LEGACY_PATH = '/auth/oauth_callback';
const LEGACY_GOOGLE_PATH = '/oauth/google_callback';

const secretsSchema = z.object({ verifier: z.string(), nonce: z.string() });

function providerOf(req: Request, { providers }: SignInDependencies): Provider {
  const provider = providers.get(String(req.params.provider));
  if (provider === undefined) throw problem('not_found', 'People do not sign in that way here');
  return provider;
}

/** Remembers the sign-in and answers where to send the person. */
async function begin(
  deps: SignInDependencies,
  provider: Provider,
  browser: Browser,
  aim: { readonly next: string | null; readonly userId: string | null },
): Promise<string> {
  const { origin, signIns, box, now } = deps;
  const [state, nonce] = [randomSecret(), randomSecret()];
  const redirectUri = `${origin}${deps.legacyCallback ? LEGACY_PATH : `/auth/${provider.name}/callback`}`;
  const { address, verifier } = await provider.begin({ state, nonce, redirectUri });
  const transaction = {
    ...{ ...aim, redirectUri, provider: provider.name, browserHash: browser.hash },
    stateHash: hashOfSecret(state),
    sealedSecrets: box.seal(Buffer.from(JSON.stringify({ verifier, nonce })), state),
    expiresAt: new Date(now().getTime() + LIFE_MILLISECONDS),
  };
  await signIns.begin(transaction, now());
  return address;
}

/**
 * The sign-in that a provider's answer belongs to: of this browser, of this provider, once (auth.md D11, D12).
 * Undefined for any other.
 */
async function takeTransaction(req: Request, res: Response, deps: SignInDependencies, state: string) {
  const { hash } = await browserOf(req, res, deps);
  const transaction = await deps.signIns.take(hashOfSecret(state), hash, deps.now());
  if (transaction === undefined) return undefined;
  const provider = deps.providers.get(transaction.provider);
  const path = new URL(transaction.redirectUri).pathname;
  // Registrations of the older services name one of these, and the provider stands in our row.
  const isLegacy =
    req.path === LEGACY_PATH || (req.path === LEGACY_GOOGLE_PATH && provider?.name === 'google');
  if (provider === undefined || (req.path !== path && !(isLegacy && path === LEGACY_PATH))) return undefined;
  const plain = Buffer.from(deps.box.open(transaction.sealedSecrets, state)).toString();
  return { transaction, provider, ...secretsSchema.parse(JSON.parse(plain)) };
}

async function linkIdentity(
  res: Response,
  deps: SignInDependencies,
  { provider, userId }: { readonly provider: Provider; readonly userId: string },
  profile: ProviderProfile,
): Promise<void> {
  if (!profile.email?.verified) {
    throw problem(
      'conflict',
      `${provider.title} has not verified your e-mail address: verify it there first`,
    );
  }
  await deps.signIns.link(userId, provider.name, profile, { actor: userId, requestId: requestIdOf(res) });
  res.redirect(302, '/auth/settings?done=linked');
}

async function enter(
  req: Request,
  res: Response,
  deps: SignInDependencies,
  provider: Provider,
  profile: ProviderProfile,
  next: string | null,
) {
  const { signIns, providerRegistration } = deps;
  const userId = await signIns.enter(provider.name, profile, providerRegistration, {
    requestId: requestIdOf(res),
  });
  if (userId === undefined) {
    throw problem(
      'registration_closed',
      `Ask your administrator for an account; then link ${provider.title} to it in the settings.`,
    );
  }
  await finishSignIn(req, res, deps, { userId, method: provider.name, ...(next ? { next } : {}) });
}

/** The person said no: back to where they came from, without anything. */
function goBack(res: Response, { next, userId }: LoginTransaction): void {
  if (userId !== null) return void res.redirect(302, '/auth/settings');
  res.redirect(302, next ?? '/auth/login?reason=refused');
}

function callback(deps: SignInDependencies): RequestHandler {
  return async (req, res) => {
    const { state, iss } = req.query;
    const found = typeof state === 'string' ? await takeTransaction(req, res, deps, state) : undefined;
    if (found === undefined || typeof state !== 'string')
      return void res.redirect(302, '/auth/error?code=sign_in_expired');
    const { transaction, provider, verifier, nonce } = found;
    // Mix-up defence (RFC 9207): an answer that says whose it is must be this provider's.
    if (iss !== undefined && iss !== provider.issuer)
      throw problem('bad_request', 'The answer is of another provider');
    const { redirectUri, next, userId } = transaction;
    const parameters = new URL(req.originalUrl, deps.origin).searchParams;
    try {
      const profile = await provider.finish(parameters, { state, nonce, verifier, redirectUri });
      if (userId !== null) await linkIdentity(res, deps, { provider, userId }, profile);
      else await enter(req, res, deps, provider, profile, next);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'permission_denied') throw error;
      goBack(res, transaction);
    }
  };
}

/** Signing in with a provider, and linking one to an account. */
export function providerEndpoints(deps: SignInDependencies): Endpoint[] {
  const start: RequestHandler = async (req, res) => {
    const provider = providerOf(req, deps);
    const next = nextOf(req);
    if (!isAllowed(next, deps)) return void res.redirect(302, NEXT_NOT_ALLOWED);
    const browser = await browserOf(req, res, deps);
    res.redirect(302, await begin(deps, provider, browser, { next: next ?? null, userId: null }));
  };
  const link: RequestHandler = async (req, res) => {
    const browser = await requireForm(req, res, deps);
    const provider = providerOf(req, deps);
    const { session } = browser;
    if (session === undefined || !isFresh(session, deps.now())) {
      return void res.redirect(303, '/auth/login?reason=again&next=/auth/settings');
    }
    res.redirect(303, await begin(deps, provider, browser, { next: null, userId: session.user.id }));
  };
  const params = z.object({ provider: z.string() });
  const answered = (path: string, withParams = {}) =>
    pageEndpoint(deps, {
      ...{
        method: 'get',
        path,
        summary: 'Where a provider leads people back to',
        handler: callback(deps),
        ...withParams,
      },
      query: z.object({
        ...{ state: z.string().optional(), code: z.string().optional(), iss: z.string().optional() },
        error: z.string().optional(),
      }),
      answers: {
        302: 'Signed in, linked, refused, or of no sign-in that this browser has begun',
        400: 'The answer is not right',
        403: 'There is no account, and none is made by signing in',
        409: 'What was to be linked is linked already',
        502: 'The provider did not answer as it should',
      },
    });
  return [
    pageEndpoint(deps, {
      ...{
        method: 'get',
        path: '/auth/:provider/start',
        summary: 'Go to a provider to sign in',
        handler: start,
        params,
      },
      query: z.object({ next: z.string().optional() }),
      answers: { 302: 'To the provider', 404: 'No such provider', 502: 'The provider does not answer' },
    }),
    answered('/auth/:provider/callback', { params }),
    answered(LEGACY_PATH),
    answered(LEGACY_GOOGLE_PATH),
    pageEndpoint(deps, {
      ...{
        method: 'post',
        path: '/auth/links/:provider',
        summary: 'Go to a provider to link it',
        handler: link,
        params,
      },
      form: csrfForm,
      answers: {
        303: 'To the provider, or to the sign-in page where that was too long ago',
        403: 'The form is not from our page, or has expired',
        404: 'No such provider',
        415: 'Not a form',
        502: 'The provider does not answer',
      },
    }),
  ];
}
