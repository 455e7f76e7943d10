/** A host, on one port or on any. IPv6 addresses stand in brackets. */
export interface HostEntry {
  readonly host: string;
  readonly port: number | undefined;
}

/** What may be fetched. */
export interface FetchPolicy {
  /** Ports of public hosts. */
  readonly ports: readonly number[];
  /** Hosts that may be fetched wherever they are, on this machine too, and on ports that are not in `ports`. */
  readonly openHosts: readonly HostEntry[];
  /** When given, no other host is fetched from; the ports of its entries count as `ports` do. */
  readonly onlyHosts?: readonly HostEntry[] | undefined;
}

const ENTRY = /^(?<host>\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::(?<port>\d{1,5}))?$/i;

/** `host` or `host:port`, spelled as addresses are: lower case, one form for each IP address. */
export function parseHostEntry(text: string): HostEntry | undefined {
  const { host, port } = ENTRY.exec(text.trim())?.groups ?? {};
  if (host === undefined || !URL.canParse(`http://${host}`) || Number(port ?? 1) > 65_535) return undefined;
  return { host: new URL(`http://${host}`).hostname, port: port === undefined ? undefined : Number(port) };
}

/** The port of an address, given or not. */
export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

/** Whether a list names the host of an address, on its port. */
export function names(list: readonly HostEntry[], url: URL): boolean {
  return list.some(({ host, port }) => host === url.hostname && (port === undefined || port === portOf(url)));
}
