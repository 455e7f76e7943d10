import type { Configuration } from '../config.ts';
import { createOpenIdProvider } from './openid-connect.ts';
import { createGithubProvider, createGoogleProvider } from './passport.ts';
import type { Provider } from './provider.ts';

/** The providers that the configuration names, by their names; one without key and secret is none of them. */
export function configuredProviders(config: Configuration): ReadonlyMap<string, Provider> {
  const providers: Provider[] = [];
  if (config.GOOGLE_KEY && config.GOOGLE_SECRET) {
    providers.push(
      createGoogleProvider({
        clientId: config.GOOGLE_KEY,
        clientSecret: config.GOOGLE_SECRET,
        issuer: config.GOOGLE_ISSUER,
        authorizationUrl: config.GOOGLE_AUTHORIZATION_URL,
        tokenUrl: config.GOOGLE_TOKEN_URL,
        profileUrl: config.GOOGLE_PROFILE_URL,
      }),
    );
  }
  if (config.GITHUB_KEY && config.GITHUB_SECRET) {
    providers.push(
      createGithubProvider({
        clientId: config.GITHUB_KEY,
        clientSecret: config.GITHUB_SECRET,
        issuer: config.GITHUB_ISSUER,
        authorizationUrl: config.GITHUB_AUTHORIZATION_URL,
        tokenUrl: config.GITHUB_TOKEN_URL,
        profileUrl: config.GITHUB_PROFILE_URL,
        emailUrl: config.GITHUB_EMAIL_URL,
      }),
    );
  }
  providers.push(...config.OIDC_PROVIDERS.map(createOpenIdProvider));
  return new Map(providers.map((provider) => [provider.name, provider]));
}
