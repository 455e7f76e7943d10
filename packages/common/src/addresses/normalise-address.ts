/** One spelling of a path segment: what is percent-encoded is exactly what has to be, in capitals. */
function normaliseSegment(segment: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(segment));
  } catch {
    // Not UTF-8, or a stray "%": the bytes are kept as they are.
    return segment.replaceAll(/%[0-9a-f]{2}/gi, (triplet) => triplet.toUpperCase());
  }
}

/**
 * One spelling for all the ways in which clients write the same http(s) address: default ports, the
 * case of scheme and host, dot segments and percent-encoding do not matter, a fragment is dropped
 * (packages.md A2). Answers undefined for what is no http(s) address, or carries a user or password.
 */
export function normaliseAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  const path = url.pathname.split('/').map(normaliseSegment).join('/');
  return `${url.origin}${path}${url.search}`;
}
