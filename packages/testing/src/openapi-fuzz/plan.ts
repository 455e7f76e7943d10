/** A request before it is written out, so that single parts of it can be spoilt. */
export interface Plan {
  readonly method: string;
  /** The template of the operation that is meant. */
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  /** What the body was made of, where it is JSON. */
  readonly json?: unknown;
  /** Appended as it is, for what no encoder would write. */
  readonly rawTail?: string;
  /** The connection is cut after so many bytes of the body: no answer is expected. */
  readonly cutAfter?: number;
}

export interface PlannedRequest {
  readonly method: string;
  readonly template: string;
  /** With the query string. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  readonly cutAfter: number | undefined;
}

/** Percent-encodes any text; lone surrogates have no place in an address. */
function encode(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, ''));
}

/** What may stand in a header: anything else would never leave the client. */
const headerText = (text: string) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '').trim();

const headerName = (name: string) => name.replaceAll(/[^!#$%&'*+.^_`|~0-9A-Za-z-]/g, '') || 'X-Empty';

export function writeOut(plan: Plan): PlannedRequest {
  const path = plan.template.replaceAll(/\{([^}]+)\}/g, (_whole, name: string) =>
    encode(plan.parameters[name] ?? ''),
  );
  const query = plan.query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  return {
    method: plan.method,
    template: plan.template,
    target: `${path}${query === '' ? '' : `?${query}`}${plan.rawTail ?? ''}`,
    headers: plan.headers.map(([name, value]) => [headerName(name), headerText(value)]),
    body: plan.body,
    cutAfter: plan.cutAfter,
  };
}
