import { z } from 'zod';
import type { ProviderProfile } from './provider.ts';

const text = z.string().trim().max(500);
/** Providers leave out what they do not know, or say null, or send something odd: then it is not known. */
const optional = text.min(1).nullish().catch(null);
const flag = z.boolean().catch(false);

/** Only an address that a browser may load from anywhere; it is shown, and never fetched by us (D26). */
const picture = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .nullish()
  .catch(null);

const subject = z.union([text.min(1), z.int().transform(String)]);

/** Google's userinfo and the claims of every OpenID Connect provider. */
export const claimsSchema = z
  .object({
    sub: subject,
    name: optional,
    preferred_username: optional,
    email: optional,
    email_verified: flag,
    picture,
  })
  .transform(
    (claims): ProviderProfile => ({
      subject: claims.sub,
      login: claims.preferred_username ?? null,
      name: claims.name ?? null,
      email: claims.email ? { address: claims.email, verified: claims.email_verified } : null,
      avatarUrl: claims.picture ?? null,
    }),
  );

const githubEmail = z.object({ value: text.min(1), primary: flag, verified: flag });

/** The best of a person's addresses: verified ones first, the primary one first among those. */
function best(emails: readonly z.output<typeof githubEmail>[]): ProviderProfile['email'] {
  const [first] = [...emails].sort(
    (left, right) =>
      Number(right.verified) - Number(left.verified) || Number(right.primary) - Number(left.primary),
  );
  return first ? { address: first.value, verified: first.verified } : null;
}

/** What passport-github2 makes of GitHub's `/user` (`_json`) and `/user/emails` (`emails`, all of them). */
export const githubSchema = z
  .object({
    _json: z.object({ id: subject, login: optional, name: optional, avatar_url: picture }),
    emails: z.array(githubEmail.nullable().catch(null)).catch([]),
  })
  .transform(
    ({ _json: user, emails }): ProviderProfile => ({
      subject: user.id,
      login: user.login ?? null,
      name: user.name ?? null,
      email: best(emails.filter((email) => email !== null)),
      avatarUrl: user.avatar_url ?? null,
    }),
  );
