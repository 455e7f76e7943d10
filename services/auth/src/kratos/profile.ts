import type { ProviderProfile } from '../providers/provider.ts';
import { emailSchema, normalizeEmail } from '../users/email.ts';
import type { KratosIdentity } from './answers.ts';

/** The name under which Kratos' identities are kept. */
export const KRATOS = 'kratos';

const MAX_LENGTH = 500;

function textOf(value: unknown): string | null {
  const text = typeof value === 'string' ? value.trim().slice(0, MAX_LENGTH) : '';
  return text === '' ? null : text;
}

/** `name` of Ory's sample schemas: one text, or first and last. */
function nameOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return textOf(value);
  const { first, last } = value as Readonly<Record<string, unknown>>;
  return textOf([textOf(first), textOf(last)].filter((part) => part !== null).join(' '));
}

/**
 * The address of the traits, else the best that Kratos verifies. Verified is what Kratos says is, of that very
 * address: a trait alone is what somebody typed.
 */
function emailOf({ traits, verifiable_addresses: addresses }: KratosIdentity): ProviderProfile['email'] {
  const mailed = addresses.filter(({ via }) => via === 'email');
  const best = mailed.find(({ verified }) => verified) ?? mailed[0];
  const address = emailSchema.safeParse(textOf(traits.email) ?? best?.value);
  if (!address.success) return null;
  const same = normalizeEmail(address.data);
  const verified = mailed.some((one) => one.verified && normalizeEmail(one.value) === same);
  return { address: address.data, verified };
}

/** What Kratos says of somebody, in the form of every other provider. */
export function profileOf(identity: KratosIdentity): ProviderProfile {
  const { id, traits } = identity;
  const picture = textOf(traits.picture);
  return {
    subject: id,
    login: textOf(traits.username),
    name: nameOf(traits.name),
    email: emailOf(identity),
    avatarUrl: picture !== null && /^https?:\/\//.test(picture) && URL.canParse(picture) ? picture : null,
  };
}
