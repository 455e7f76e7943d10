import type * as client from 'openid-client';
import { arrive, beginSignIn, CALLBACK, type SignOn } from './single-sign-on.ts';

/** Who signs in. */
export const email = 'ada@example.org';

/** Requests that a client would not send: what attacks are made of. */
export function rawRequests(signOn: () => SignOn) {
  const authenticated = (configuration: client.Configuration, secret: string) =>
    `Basic ${Buffer.from(`${configuration.clientMetadata().client_id}:${secret}`).toString('base64')}`;

  /** Asks the token endpoint as the client, with no library in between. */
  async function ask(
    configuration: client.Configuration,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ) {
    const { client_id: id, client_secret: secret } = configuration.clientMetadata();
    const own = secret
      ? { headers: { Authorization: authenticated(configuration, String(secret)) }, fields: {} }
      : { headers: {}, fields: { client_id: id } };
    const answer = await fetch(`${signOn().origin}/oidc/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...own.fields, ...fields }),
      headers: { ...own.headers, ...headers },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  }

  /** A code, and everything to redeem it with. */
  async function codeOf(configuration: client.Configuration, own: Record<string, string> = {}) {
    const { callback, verifier } = await arrive(configuration, signOn().browser(), { email, own });
    const code = callback.searchParams.get('code') ?? '';
    const fields = {
      grant_type: 'authorization_code',
      redirect_uri: CALLBACK,
      code,
      code_verifier: verifier,
    };
    return { fields, verifier, callback };
  }

  const authorize = (configuration: client.Configuration, own: Record<string, string>) =>
    signOn().browser().go(beginSignIn(configuration, own).address);

  return { authenticated, ask, codeOf, authorize };
}
