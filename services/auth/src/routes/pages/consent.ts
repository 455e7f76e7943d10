import type { Endpoint } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import type { Interaction } from 'oidc-provider';
import { z } from 'zod';
import { scopeNames, scopeText, type WantedScopes } from '../../oidc/scopes.ts';
import { consentPage } from '../../pages/consent-page.ts';
import type { LiveSession } from '../../sessions/session.ts';
import type { ProviderDependencies } from '../oidc/provider-endpoints.ts';
import { browserOf, fieldOf, requireForm } from './browser.ts';
import { allowFormTargets, pageEndpoint, sendPage } from './page-endpoint.ts';
import { csrfForm } from './sign-in.ts';

const EXPIRED = '/auth/error?code=sign_in_expired';

const missing = z.object({
  missingOIDCScope: z.array(z.string()).default([]),
  missingResourceScopes: z.record(z.string(), z.array(z.string())).default({}),
});

/** What the person has not yet said yes to. */
function missingScopes({ prompt }: Interaction): WantedScopes {
  const { missingOIDCScope, missingResourceScopes } = missing.parse(prompt.details);
  return { openid: missingOIDCScope, resources: missingResourceScopes };
}

/** Whether the session is what the application asks for: some ask for one that was just opened. */
function isEnough({ prompt, iat }: Interaction, session: LiveSession): boolean {
  if (prompt.reasons.every((reason) => reason === 'no_session')) return true;
  return Math.floor(session.authenticatedAt.getTime() / 1000) >= iat;
}

function toSignIn(res: Response, clientId: string, reason?: string): void {
  const next = `/auth/consent?${new URLSearchParams({ client_id: clientId })}`;
  res.redirect(302, `/auth/login?${new URLSearchParams({ ...(reason ? { reason } : {}), next })}`);
}

async function showQuestion(
  deps: ProviderDependencies,
  res: Response,
  { interaction, session, csrfToken }: { interaction: Interaction; session: LiveSession; csrfToken: string },
): Promise<void> {
  const clientId = String(interaction.params.client_id);
  const client = await deps.clients.find(clientId);
  if (client === undefined) return res.redirect(302, EXPIRED);
  const missingNames = scopeNames(missingScopes(interaction));
  const names = missingNames.length > 0 ? missingNames : String(interaction.params.scope ?? '').split(' ');
  allowFormTargets(res, await deps.singleSignOn.originsOf(clientId));
  const { name, username } = session.user;
  const page = { name: client.metadata.client_name, uri: client.metadata.client_uri };
  const scopes = names.map(scopeText);
  sendPage(
    res,
    consentPage({ csrfToken, action: '/auth/consent', client: page, person: name ?? username, scopes }),
  );
}

/** The page between an application and its sign-in: signs in, or asks (auth.md A4, A7.7). */
export function consentEndpoints(deps: ProviderDependencies): Endpoint[] {
  const { singleSignOn } = deps;
  const show: RequestHandler = async (req, res) => {
    const { session, csrfToken } = await browserOf(req, res, deps);
    const interaction = await singleSignOn.interaction(req, res);
    if (interaction === undefined) return res.redirect(302, EXPIRED);
    const clientId = String(interaction.params.client_id);
    if (session === undefined) return toSignIn(res, clientId);
    if (interaction.prompt.name === 'login') {
      if (!isEnough(interaction, session)) return toSignIn(res, clientId, 'again');
      const ts = Math.floor(session.authenticatedAt.getTime() / 1000);
      const login = { accountId: session.user.id, ts };
      return res.redirect(303, await singleSignOn.finish(interaction, { login }));
    }
    if (interaction.session?.accountId !== session.user.id) return res.redirect(302, EXPIRED);
    await showQuestion(deps, res, { interaction, session, csrfToken });
  };
  const decide = async (req: Request, res: Response): Promise<void> => {
    const { session } = await requireForm(req, res, deps);
    const interaction = await singleSignOn.interaction(req, res);
    const isTheirs = session !== undefined && interaction?.session?.accountId === session.user.id;
    if (interaction?.prompt.name !== 'consent' || !isTheirs) return res.redirect(303, EXPIRED);
    if (fieldOf(req, 'decision') !== 'allow') {
      const refused = { error: 'access_denied', error_description: 'the person said no' };
      return res.redirect(303, await singleSignOn.finish(interaction, refused));
    }
    const grantId = await singleSignOn.allow(interaction, session, missingScopes(interaction));
    res.redirect(303, await singleSignOn.finish(interaction, { consent: { grantId } }));
  };
  return [
    pageEndpoint(deps, {
      ...{
        method: 'get',
        path: '/auth/consent',
        summary: 'Asks before an application is let in',
        handler: show,
      },
      query: z.object({ client_id: z.string().optional() }),
      answers: { 200: 'The page', 302: 'Sign in first, or begin again', 303: 'Nothing to ask: go on' },
    }),
    pageEndpoint(deps, {
      ...{ method: 'post', path: '/auth/consent', summary: 'The answer to an application', handler: decide },
      form: csrfForm.extend({ decision: z.string().describe('`allow`; everything else is no') }),
      answers: {
        303: 'Go on with the sign-in',
        403: 'The form is not from our page, or has expired',
        415: 'Not a form',
      },
    }),
  ];
}
