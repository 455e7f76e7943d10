const LOOPBACK = new Set(['localhost', '127.0.0.1']);
const HOST = /^[a-z0-9.-]+$/;

/**
 * What stands for an address in `form-action` of a Content Security Policy; undefined for what is no address
 * or could say more there than it should. Applications on a device come from any port of loopback addresses
 * (RFC 8252 section 7.3), and such a policy has no words for IPv6, where the scheme alone has to do.
 */
function formSource(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { origin, protocol, hostname } = new URL(address);
  if (origin === 'null' || hostname === '[::1]') return protocol;
  if (!HOST.test(hostname)) return undefined;
  return LOOPBACK.has(hostname) ? `${protocol}//${hostname}:*` : origin;
}

/** The same of several, each once. */
export function formSources(addresses: readonly string[]): string[] {
  return [...new Set(addresses.flatMap((address) => formSource(address) ?? []))];
}
