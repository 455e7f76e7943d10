const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** A scheme of an app on a device is a domain name backwards (RFC 8252 section 7.1). */
const PRIVATE_SCHEME = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:$/;

/**
 * What is wrong with an address that a sign-in may lead back to (RFC 9700 section 2.1, auth.md D6);
 * undefined when it is right.
 */
export function redirectFault(text: string, applicationType: 'web' | 'native'): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || /[\s\\*]/.test(text)) return 'is not an address, written out in full';
  if (text.includes('#')) return 'must not hold a fragment';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:') {
    return LOOPBACK.test(url.hostname) ? undefined : 'must be https (http is for loopback addresses alone)';
  }
  if (applicationType === 'native' && PRIVATE_SCHEME.test(url.protocol)) return undefined;
  return 'must be https; with application_type native also a scheme such as com.example.app:';
}
