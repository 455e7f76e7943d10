import { problem } from '@flyloft/common';
import { Strategy as GitHubStrategy } from 'passport-github2';
import { Strategy as GoogleStrategy } from 'passport-google-oauth20';
import type { z } from 'zod';
import { boundRequests } from './bounded-requests.ts';
import { claimsSchema, githubSchema } from './profile-schemas.ts';
import type { Provider, ProviderProfile } from './provider.ts';
import { runStrategy, stateStore } from './run-strategy.ts';

export interface PassportOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly issuer: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly profileUrl: string;
}

type ProfileSchema = z.ZodType<ProviderProfile, unknown>;

function createPassportProvider(
  { name, title, issuer, authorizationUrl }: { name: string; title: string } & PassportOptions,
  strategy: object,
  readProfile: (profile: unknown) => ReturnType<ProfileSchema['safeParse']>,
): Provider {
  boundRequests(strategy);
  return {
    name,
    title,
    issuer,
    origin: new URL(authorizationUrl).origin,
    begin: async ({ state, redirectUri }) => {
      const request = { query: {}, state, redirectUri, verifier: undefined as string | undefined };
      const outcome = await runStrategy(strategy, request);
      if (outcome.kind !== 'redirect' || request.verifier === undefined) throw problem('provider_failed');
      return { address: outcome.address, verifier: request.verifier };
    },
    finish: async (parameters, { state, redirectUri, verifier }) => {
      const query = Object.fromEntries(parameters);
      // Without a code or an error, passport would begin anew.
      if (!query.code && !query.error) throw problem('invalid_parameter', 'The provider sent no code');
      const outcome = await runStrategy(strategy, { query, state, redirectUri, verifier });
      if (outcome.kind !== 'profile') throw problem('provider_failed');
      const profile = readProfile(outcome.profile);
      if (profile.success) return profile.data;
      throw problem('provider_failed', 'The provider says too little of you', { cause: profile.error });
    },
  };
}

const shared = (options: PassportOptions) => ({
  clientID: options.clientId,
  clientSecret: options.clientSecret,
  authorizationURL: options.authorizationUrl,
  tokenURL: options.tokenUrl,
  userProfileURL: options.profileUrl,
  // the real one comes with each request
  callbackURL: options.authorizationUrl,
  pkce: true,
  state: true,
  store: stateStore,
});

type Done = (error: null, profile: unknown) => void;
const handOn = (_accessToken: string, _refreshToken: string, profile: unknown, done: Done) =>
  done(null, profile);

export function createGoogleProvider(options: PassportOptions): Provider {
  const settings = { ...shared(options), scope: ['openid', 'email', 'profile'] };
  // the types know neither PKCE nor a store of one's own
  const strategy = new GoogleStrategy(settings as never, handOn as never);
  return createPassportProvider({ ...options, name: 'google', title: 'Google' }, strategy, (profile) =>
    claimsSchema.safeParse((profile as { _json?: unknown } | undefined)?._json),
  );
}

export function createGithubProvider(options: PassportOptions & { readonly emailUrl: string }): Provider {
  const settings = {
    ...shared(options),
    scope: ['user:email'],
    userEmailURL: options.emailUrl,
    // Without it only the primary address comes, and nobody says whether it is verified.
    allRawEmails: true,
  };
  const strategy = new GitHubStrategy(settings as never, handOn as never);
  return createPassportProvider({ ...options, name: 'github', title: 'GitHub' }, strategy, (profile) =>
    githubSchema.safeParse(profile),
  );
}
