import type { JsonObject } from './published-package.ts';

const E_MAIL = /([^\s<>@]+)@[^\s<>@]+/g;

/** Every e-mail address in a text without its domain. */
export const hideDomains = (text: string) => text.replaceAll(E_MAIL, '$1@not.shown');

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function obfuscate(person: unknown): unknown {
  if (typeof person === 'string') return hideDomains(person);
  if (isObject(person) && typeof person.email === 'string') {
    return { ...person, email: hideDomains(person.email) };
  }
  return person;
}

/** The descriptor with the domains of its people's e-mail addresses hidden: `Ann <ann@not.shown>` (packages.md 3.5). */
export function obfuscatePeople(descriptor: JsonObject): JsonObject {
  const { author, contributors } = descriptor;
  return {
    ...descriptor,
    ...(author === undefined ? {} : { author: obfuscate(author) }),
    ...(Array.isArray(contributors) ? { contributors: contributors.map(obfuscate) } : {}),
  };
}

/** The author's name alone, without an address. */
export function authorName({ author }: JsonObject): string | undefined {
  const name = isObject(author) ? (author.name ?? author.title) : author;
  if (typeof name !== 'string') return undefined;
  return name.replaceAll(/<[^>]*>/g, '').trim() || undefined;
}
