/** Where a sign-in may lead back to. */
export interface NextPolicy {
  /** Our own public origin: what a relative `next` stays on. */
  readonly origin: string;
  /** Other origins, each exactly as browsers write it. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** Origins whose old clients get `?jwt=`, as they expect it; allowed by that. */
  readonly compatOrigins: ReadonlySet<string>;
}

/** A `next` that was found to be harmless. */
export interface Next {
  /** As it was given. */
  readonly address: string;
  /** The origin that it leads to. */
  readonly origin: string;
}

const MAX_LENGTH = 2_048;
// Browsers drop tabs and line ends out of addresses and take a backslash for a slash. No address needs any
// of them, nor other control characters, spaces, or characters that are invisible or change the direction.
const ODD = /[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}\\]/u;
// `/x`, but not `//x`, nor what a careless decoder between here and the browser makes `//x`.
const RELATIVE = /^\/(?!\/|%2f|%5c)/i;

function staysOn(address: string, origin: string): boolean {
  if (!URL.canParse(address, origin)) return false;
  const url = new URL(address, origin);
  // `/.//evil.example` is a path now, but one step from being a host.
  return (
    url.origin === origin && url.username === '' && url.password === '' && !url.pathname.startsWith('//')
  );
}

/**
 * Reads `next`: a path on our own origin, or an address whose origin is listed, letter by letter (auth.md
 * A2, D7; RFC 9700 4.11). Everything else is undefined, and is to lead to a fixed page.
 */
export function parseNext(text: string, policy: NextPolicy): Next | undefined {
  if (text.length > MAX_LENGTH || ODD.test(text)) return undefined;
  if (RELATIVE.test(text)) {
    return staysOn(text, policy.origin) ? { address: text, origin: policy.origin } : undefined;
  }
  const listed = [policy.origin, ...policy.allowedOrigins, ...policy.compatOrigins];
  const origin = listed.find(
    (one) => text === one || (/^[/?#]/.test(text.slice(one.length)) && text.startsWith(one)),
  );
  if (origin === undefined || !staysOn(text, origin)) return undefined;
  return { address: text, origin };
}
