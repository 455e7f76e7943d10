const OLD_NAME_LENGTH = 30;

/** Lower-case ASCII words joined by `_`: `Functional classification (2014)` → `functional_classification_2014`. */
export function slug(text: string, otherwise = 'column'): string {
  const ascii = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const name = ascii.replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '');
  return name === '' ? otherwise : name;
}

/** Words of a field or dimension name, each with a capital: `func1_code` → `Func1 Code`. */
export function titleCase(name: string): string {
  return name
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join(' ');
}

/** The name itself, or with `_2`, `_3`, … when it is taken; it is then taken too. */
export function uniqueName(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let number = 2; taken.has(candidate); number++) candidate = `${name}_${number}`;
  taken.add(candidate);
  return candidate;
}

/**
 * How the older system shortened a name (packages.md A6): words in their order, a word that would pass
 * 30 characters is left out. Kept because saved links contain these names.
 */
export function shortenedName(name: string): string {
  let short = '';
  for (const word of name.split('_')) {
    const longer = short === '' ? word : `${short}_${word}`;
    if (longer.length <= OLD_NAME_LENGTH) short = longer;
  }
  return short === '' ? name.slice(0, OLD_NAME_LENGTH) : short;
}
