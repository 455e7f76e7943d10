/** The parameters that a query may have (data-sets.md 4.1). */
const QUERY_PARAMETERS = [
  'start_at',
  'end_at',
  'duration',
  'period',
  'filter_by',
  'filter_by_prefix',
  'filter_by_range',
  'filter_by_not',
  'group_by',
  'sort_by',
  'limit',
  'page',
  'page_size',
  'collect',
  'flatten',
  'inclusive',
  'format',
  'safe',
] as const;

type QueryParameter = (typeof QUERY_PARAMETERS)[number];

/** The parameters of a request: the first occurrence of one, or all of them in their order. */
export interface Parameters {
  readonly names: readonly string[];
  readonly one: (name: QueryParameter) => string | undefined;
  readonly all: (name: QueryParameter) => readonly string[];
}

/** Reads a query string; `+` is a space, as in a form. */
export function readParameters(queryString: string): Parameters {
  const search = new URLSearchParams(queryString);
  return {
    names: [...search.keys()],
    one: (name) => search.get(name) ?? undefined,
    all: (name) => search.getAll(name),
  };
}

const KNOWN = new Set<string>(QUERY_PARAMETERS);

export function isKnownParameter(name: string): boolean {
  return KNOWN.has(name);
}
