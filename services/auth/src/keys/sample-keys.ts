// Keys that everybody has: whoever trusts one of them trusts the whole world (auth.md D24).

/** RFC 7638 thumbprints of RSA keys that stand in specifications and on well-known pages. */
const SAMPLE_THUMBPRINTS: ReadonlySet<string> = new Set([
  // RFC 7638 section 3.1, also RFC 7517 appendix A
  'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  // RFC 7515 appendix A.2
  'IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8',
  // the RS256 example of jwt.io
  'oGDmHqCJ7yzMkWEkrlZVHkvrHIyQwtlDmeq5ForUHeY',
]);

/** The value in docker-compose.yml, for looking around on one machine. */
const SAMPLE_SECRETS: ReadonlySet<string> = new Set(['MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=']);

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export function isSampleKey(thumbprint: string): boolean {
  return SAMPLE_THUMBPRINTS.has(thumbprint);
}

/** True for a committed secret where anybody else than this machine is served. */
export function isSampleSecret(secret: string, externalAddress: string): boolean {
  return SAMPLE_SECRETS.has(secret) && !LOOPBACK.test(new URL(externalAddress).hostname);
}
