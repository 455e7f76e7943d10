const RAW = Symbol('raw JSON');

/** JSON text that is already right: numbers with all their digits, which a double could not hold. */
export interface RawJson {
  readonly [RAW]: string;
}

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | RawJson
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

export function rawJson(text: string): RawJson {
  return { [RAW]: text };
}

function isRaw(value: object): value is RawJson {
  return RAW in value;
}

/** The text behind a raw value, for forms other than JSON. */
export function rawText(value: JsonValue): string | undefined {
  return typeof value === 'object' && value !== null && isRaw(value) ? value[RAW] : undefined;
}

/** `JSON.stringify` that keeps every digit of exact numbers; keys with undefined are left out. */
export function jsonText(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isRaw(value)) return value[RAW];
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const entries = Object.entries(value).flatMap(([key, entry]) =>
    entry === undefined ? [] : [`${JSON.stringify(key)}:${jsonText(entry)}`],
  );
  return `{${entries.join(',')}}`;
}
