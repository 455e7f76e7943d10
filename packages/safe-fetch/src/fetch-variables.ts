import { z } from 'zod';
import { type FetchPolicy, parseHostEntry, portOf } from './policy.ts';

const words = (text: string) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

const hostList = z.string().transform((text, context) =>
  words(text).flatMap((word) => {
    const entry = parseHostEntry(word);
    if (entry !== undefined) return [entry];
    context.issues.push({ code: 'custom', message: `"${word}" is not host or host:port`, input: text });
    return [];
  }),
);

const portList = z.string().transform((text, context) =>
  words(text).map((word) => {
    const port = /^\d+$/.test(word) ? Number(word) : 0;
    if (port < 1 || port > 65_535)
      context.issues.push({ code: 'custom', message: `"${word}" is no port`, input: text });
    return port;
  }),
);

function originOf(word: string): string | undefined {
  if (!URL.canParse(word)) return undefined;
  const { origin, href, protocol } = new URL(word);
  const isBare = href === `${origin}/` && (protocol === 'http:' || protocol === 'https:');
  return isBare ? origin : undefined;
}

/** Bare origins, separated by commas; none unless given. For a variable of a service's configuration. */
export const originsVariable = z
  .string()
  .prefault('')
  .transform((text, context) =>
    words(text).flatMap((word) => {
      const origin = originOf(word);
      if (origin !== undefined) return [origin];
      const message = `"${word}" is not a bare origin, such as https://data.example.org`;
      context.issues.push({ code: 'custom', message, input: text });
      return [];
    }),
  );

/** The environment variables that say what may be fetched. For the configuration of each service that fetches. */
export const fetchVariables = {
  FETCH_PORTS: portList
    .prefault('80,443')
    .describe('Ports that outside addresses may have, separated by commas'),
  FETCH_ALLOW_HOSTS: hostList
    .prefault('')
    .describe(
      'Hosts (host or host:port, separated by commas) that are fetched from although they are private, and on any port',
    ),
  FETCH_ONLY_HOSTS: hostList
    .optional()
    .describe('When set, outside files are fetched from these hosts alone (host or host:port)'),
};

const fetchSchema = z.object(fetchVariables);

/**
 * What may be fetched, by a service's variables.
 * @param origins Their ports are allowed as well.
 */
export function fetchPolicy(
  given: z.output<typeof fetchSchema>,
  origins: readonly string[] = [],
): FetchPolicy {
  return {
    ports: [...given.FETCH_PORTS, ...origins.map((origin) => portOf(new URL(origin)))],
    openHosts: given.FETCH_ALLOW_HOSTS,
    onlyHosts: given.FETCH_ONLY_HOSTS,
  };
}
