import { z } from 'zod';
import { bareOrigin, listOf, parsed } from './parsed.ts';
import type { OpenIdOptions } from './providers/openid-connect.ts';

const NAME = /^[a-z][a-z0-9-]{0,30}$/;
const TAKEN_NAMES = new Set(['local', 'google', 'github', 'kratos']);

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const origins = parsed((text): ReadonlySet<string> => new Set(listOf(text).map(bareOrigin))).default(
  new Set(),
);
const address = (standard: string) => z.url({ protocol: /^https?$/ }).default(standard);

/** `name|issuer|client id|client secret|title;…`; an empty secret is a public client, the title may be left out. */
function openIdProviders(text: string): OpenIdOptions[] {
  const providers = listOf(text).map((entry): OpenIdOptions => {
    const [name = '', issuer = '', clientId = '', clientSecret = '', title = ''] = entry
      .split('|')
      .map((part) => part.trim());
    if (!NAME.test(name) || TAKEN_NAMES.has(name)) {
      throw new Error(`"${name}" cannot be a provider's name: use lower-case letters, digits and "-"`);
    }
    if (!URL.canParse(issuer) || !/^https?:/.test(issuer))
      throw new Error(`the issuer of "${name}" is not an http(s) address`);
    if (clientId === '') throw new Error(`"${name}" has no client id: name|issuer|client id|client secret`);
    return { name, issuer, clientId, clientSecret: clientSecret || undefined, title: title || name };
  });
  const names = providers.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`there are two providers named "${twice}"`);
  return providers;
}

/** How people sign in, and where that may lead. */
export const signInVariables = {
  GOOGLE_KEY: z
    .string()
    .optional()
    .describe('Client id at Google; with GOOGLE_SECRET it lets people sign in there'),
  GOOGLE_SECRET: z.string().optional().describe('Client secret at Google'),
  GOOGLE_ISSUER: address('https://accounts.google.com').describe("Google's name in its answers (iss)"),
  GOOGLE_AUTHORIZATION_URL: address('https://accounts.google.com/o/oauth2/v2/auth').describe(
    'Where Google asks people to sign in',
  ),
  GOOGLE_TOKEN_URL: address('https://oauth2.googleapis.com/token').describe("Google's token endpoint"),
  GOOGLE_PROFILE_URL: address('https://www.googleapis.com/oauth2/v3/userinfo').describe(
    "Google's userinfo endpoint",
  ),
  GITHUB_KEY: z
    .string()
    .optional()
    .describe('Client id at GitHub; with GITHUB_SECRET it lets people sign in there'),
  GITHUB_SECRET: z.string().optional().describe('Client secret at GitHub'),
  GITHUB_ISSUER: address('https://github.com/login/oauth').describe("GitHub's name in its answers (iss)"),
  GITHUB_AUTHORIZATION_URL: address('https://github.com/login/oauth/authorize').describe(
    'Where GitHub asks people to sign in',
  ),
  GITHUB_TOKEN_URL: address('https://github.com/login/oauth/access_token').describe(
    "GitHub's token endpoint",
  ),
  GITHUB_PROFILE_URL: address('https://api.github.com/user').describe("GitHub's profile endpoint"),
  GITHUB_EMAIL_URL: address('https://api.github.com/user/emails').describe(
    "GitHub's endpoint of e-mail addresses",
  ),
  OIDC_PROVIDERS: parsed(openIdProviders)
    .default([])
    .describe('Further OpenID Connect providers: name|issuer|client id|client secret|title;…'),
  PROVIDER_REGISTRATION: flag
    .default(true)
    .describe('Whether who signs in with a provider for the first time gets an account'),
  SELF_REGISTRATION: flag.default(false).describe('Whether people may make local accounts themselves'),
  ALLOWED_NEXT_ORIGINS: origins.describe('Origins that a sign-in may lead back to: https://a.example;…'),
  COMPAT_JWT_ORIGINS: origins.describe(
    'Origins of old clients, which get the user token in the address (?jwt=) instead of a one-time code',
  ),
  CORS_ORIGINS: origins.describe(
    "Origins whose pages' scripts may ask auth, with tokens and without cookies",
  ),
  LEGACY_CALLBACK: flag
    .default(false)
    .describe('Send /auth/oauth_callback as redirect URI, for registrations made for the older service'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe(
      'Mail server, smtp://user:password@host:587 (with ?requireTLS=true it is given nothing unencrypted) or smtps://…:465; without it an administrator hands out links',
    ),
  MAIL_FROM: z.string().optional().describe('Sender of mail; default flyloft@ the host of EXTERNAL_ADDRESS'),
};
