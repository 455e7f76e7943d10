import fc from 'fast-check';
import type { OpenApi, Operation, Schema } from './document.ts';
import type { Plan } from './plan.ts';
import { schemaValues } from './schema-values.ts';

export interface KnownValues {
  /**
   * Values that parameters may have, by their names: ids of things that are there. A name after an
   * operation (`DELETE /data-sets/{name}#name`) goes before: what is deleted should not be missed.
   */
  readonly parameters?: Readonly<Record<string, readonly string[]>>;
  /**
   * What lets in somebody: a value of `Authorization`, or headers (a cookie, and what goes with it). A
   * request carries one of them, or what a spoilt request has in its place.
   */
  readonly credentials?: readonly (string | Readonly<Record<string, string>>)[];
  /** Values that fields of forms and of JSON objects may have, by their names. */
  readonly fields?: Readonly<Record<string, readonly unknown[]>>;
  /** Bodies that are good, by content type: a workbook, a table, for what a schema cannot tell. */
  readonly bodies?: Readonly<Record<string, readonly (string | Buffer)[]>>;
}

const isRequired = ({ required = false }: { required?: boolean }) => required;

function texts(api: OpenApi, schema: Schema): fc.Arbitrary<string[]> {
  return schemaValues(api, schema).map((value) => (Array.isArray(value) ? value : [value]).map(textOf));
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

/** Name and values of the parameters in one place; those that are not required by chance. */
function parametersIn(
  api: OpenApi,
  operation: Operation,
  place: 'path' | 'query' | 'header',
  known: KnownValues,
) {
  const parts = operation.parameters.filter((parameter) => parameter.in === place);
  const pairs = parts.map((parameter) => {
    const { name, schema = {} } = parameter;
    const own = `${operation.method} ${operation.path}#${name}`;
    const values = known.parameters?.[own] ?? known.parameters?.[name] ?? [];
    const documented = texts(api, schema);
    const named = fc.constantFrom(...(values.length > 0 ? values : [''])).map((value) => [value]);
    const value = values.length > 0 ? fc.oneof({ weight: 8, arbitrary: named }, documented) : documented;
    const all = value.map((list) => list.map((text) => [name, text] as const));
    return place === 'path' || isRequired(parameter) ? all : fc.oneof(fc.constant([]), fc.constant([]), all);
  });
  return fc.tuple(...pairs).map((lists) => lists.flat());
}

const BOUNDARY = 'fuzz-boundary';

function multipart(fields: object): Buffer {
  const parts = Object.entries(fields).map(([name, value]) => {
    const file = name.includes('file') ? '; filename="records.csv"' : '';
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
    return `${head}${textOf(value)}\r\n`;
  });
  return Buffer.from(`${parts.join('')}--${BOUNDARY}--\r\n`);
}

function form(fields: object): Buffer {
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, textOf(value)]);
  return Buffer.from(new URLSearchParams(pairs).toString());
}

/** The same body, in which fields mostly have values that are known to be good. */
function withFields(value: unknown, fields: NonNullable<KnownValues['fields']>): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fc.constant(value);
  const parts = Object.entries(value).map(([name, part]): [string, fc.Arbitrary<unknown>] => {
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const made = fc.constant<unknown>(part);
    const given = known && fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, made);
    return [name, given ?? made];
  });
  return fc.record(Object.fromEntries(parts));
}

type SentBody = Pick<Plan, 'body' | 'json'> & { readonly type: string | undefined };

function bodiesOf(api: OpenApi, { body }: Operation, known: KnownValues): fc.Arbitrary<SentBody> {
  const kinds = Object.entries(body).map(([type, { schema = {} }]): fc.Arbitrary<SentBody> => {
    const given = known.bodies?.[type];
    const { fields } = known;
    const made = schemaValues(api, schema);
    const value = fields === undefined ? made : made.chain((one) => withFields(one, fields));
    if (given !== undefined)
      return fc.constantFrom(...given).map((one) => ({ type, body: Buffer.from(one) }));
    if (type === 'multipart/form-data') {
      const sent = `${type}; boundary=${BOUNDARY}`;
      return value.map((fields) => ({ type: sent, body: multipart(Object(fields)) }));
    }
    if (type === 'application/x-www-form-urlencoded') {
      return value.map((fields) => ({ type, body: form(Object(fields)) }));
    }
    if (/[/+]json$/.test(type)) {
      return value.map((json) => ({ type, body: Buffer.from(JSON.stringify(json) ?? 'null'), json }));
    }
    return value.map((text) => ({ type, body: Buffer.from(textOf(text)) }));
  });
  return kinds.length === 0 ? fc.constant({ type: undefined, body: undefined }) : fc.oneof(...kinds);
}

/** Requests as the document says they should be. */
export function validPlans(api: OpenApi, operation: Operation, known: KnownValues): fc.Arbitrary<Plan> {
  const credentials = (known.credentials ?? []).map((one) =>
    Object.entries(typeof one === 'string' ? { Authorization: one } : one),
  );
  return fc
    .record({
      path: parametersIn(api, operation, 'path', known),
      query: parametersIn(api, operation, 'query', known),
      headers: parametersIn(api, operation, 'header', known),
      body: bodiesOf(api, operation, known),
      credential: fc.constantFrom(...(credentials.length > 0 ? credentials : [[]])),
    })
    .map(({ path, query, headers, body: { type, ...sent }, credential }) => ({
      ...{ method: operation.method, template: operation.path, query, ...sent },
      parameters: Object.fromEntries(path),
      headers: [...headers, ...(type === undefined ? [] : [['Content-Type', type] as const]), ...credential],
    }));
}
