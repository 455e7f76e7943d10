/** One part of a form-encoded query: as Python's `quote_plus` writes it, whose results old clients know. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!*'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

/**
 * An address with one parameter put into its query: an existing one is overwritten in its place, of
 * duplicates the last counts, parameters without a value are dropped, the fragment stays (auth.md 1.4).
 */
export function withParameter(address: string, name: string, value: string): string {
  const [beforeFragment = '', ...fragment] = address.split('#');
  const [base = '', ...query] = beforeFragment.split('?');
  const parameters = new Map<string, string>();
  for (const [key, content] of new URLSearchParams(query.join('?'))) {
    if (content !== '') parameters.set(key, content);
  }
  parameters.set(name, value);
  const merged = [...parameters].map(([key, content]) => `${encode(key)}=${encode(content)}`).join('&');
  return `${base}?${merged}${fragment.length === 0 ? '' : `#${fragment.join('#')}`}`;
}
