/** A JSON Schema of an OpenAPI 3.1 document. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required?: boolean;
  readonly schema?: Schema;
}

interface Content {
  readonly [contentType: string]: { readonly schema?: Schema };
}

export interface DocumentedResponse {
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
}

export interface Operation {
  readonly method: string;
  /** A template: `/data/{data_group}/{data_type}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Content;
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

export interface OpenApi {
  /** The document as it was served. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly operations: readonly Operation[];
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

interface PathItem extends Partial<Record<(typeof METHODS)[number], RawOperation>> {
  readonly parameters?: readonly Parameter[];
}

interface RawOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<Record<string, DocumentedResponse>>;
}

function operationsOf(path: string, item: PathItem): Operation[] {
  return METHODS.flatMap((method) => {
    const operation = item[method];
    if (operation === undefined) return [];
    const { parameters = [], requestBody, responses = {} } = operation;
    return [
      {
        ...{ method: method.toUpperCase(), path, responses },
        parameters: [...(item.parameters ?? []), ...parameters],
        body: requestBody?.content ?? {},
      },
    ];
  });
}

/** The operations of the OpenAPI document that a running service serves at `/openapi.json`. */
export async function readOpenApi(origin: string): Promise<OpenApi> {
  const answer = await fetch(`${origin}/openapi.json`);
  // What is not of this shape fails below, or at the first answer that is held against it.
  const document = (await answer.json()) as Record<string, unknown> & { paths?: Record<string, PathItem> };
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) => operationsOf(path, item));
  if (operations.length === 0) throw new Error(`${origin}/openapi.json documents no operation`);
  return { document, operations };
}

/** What a `$ref` of the document points to; the schema itself when it is none. */
export function resolveSchema({ document }: Pick<OpenApi, 'document'>, schema: Schema): Schema {
  const { $ref } = schema;
  if (typeof $ref !== 'string') return schema;
  const parts = $ref.replace(/^#\//, '').split('/');
  const names = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const found = names.reduce<unknown>((value, name) => Object(value)[name], document);
  return resolveSchema({ document }, Object(found));
}

const escaped = (text: string) => text.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');

const parametersOf = ({ path }: Operation) => path.split('{').length;

/** The operations whose template fits a path, and says most of it: `/data/{id}` is not what `/{name}/{id}` is. */
export function operationsAt({ operations }: OpenApi, path: string): Operation[] {
  const fitting = operations.filter(({ path: template }) =>
    new RegExp(`^${escaped(template).replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path),
  );
  const fewest = Math.min(...fitting.map(parametersOf));
  return fitting.filter((operation) => parametersOf(operation) === fewest);
}
