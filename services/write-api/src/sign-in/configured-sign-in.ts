import { ConfigurationError } from '@flyloft/service-kit';
import type { z } from 'zod';
import type { configuration } from '../config.ts';
import { createSignInProvider } from './provider.ts';
import { createSealedCookies } from './sealed-cookies.ts';
import { createSignIn, type SignIn } from './sign-in.ts';

/** Where the provider sends people back to; it must know this address. */
const REDIRECT_PATH = '/_user/authorized';

/** Undefined without OIDC_ISSUER: then there are no upload pages. */
export function configuredSignIn(config: z.output<typeof configuration>): SignIn | undefined {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, EXTERNAL_ADDRESS, SESSION_KEY } = config;
  if (OIDC_ISSUER === undefined) return undefined;
  const needed = { OIDC_CLIENT_ID, EXTERNAL_ADDRESS, SESSION_KEY };
  const missing = Object.entries(needed).filter(([, value]) => value === undefined);
  if (OIDC_CLIENT_ID === undefined || EXTERNAL_ADDRESS === undefined || SESSION_KEY === undefined) {
    throw new ConfigurationError(missing.map(([name]) => `${name} is missing (OIDC_ISSUER needs it)`));
  }
  const { origin } = new URL(EXTERNAL_ADDRESS);
  return createSignIn({
    origin,
    cookies: createSealedCookies({ key: SESSION_KEY, isSecure: origin.startsWith('https:') }),
    provider: createSignInProvider({
      issuer: new URL(OIDC_ISSUER),
      clientId: OIDC_CLIENT_ID,
      clientSecret: config.OIDC_CLIENT_SECRET,
      redirectUri: `${origin}${REDIRECT_PATH}`,
      scope: config.OIDC_SCOPE,
      rule: { claim: config.OIDC_UPLOAD_CLAIM, value: config.OIDC_UPLOAD_VALUE },
    }),
  });
}
