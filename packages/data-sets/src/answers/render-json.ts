import { Big } from 'big.js';
import { numberText } from '../numbers/number-value.ts';

/** `2014-01-06T00:00:00+00:00`: never `Z`; a fraction only when there is one, then of six digits. */
export function renderDate(date: Date): string {
  const iso = date.toISOString();
  const point = iso.indexOf('.');
  const milliseconds = iso.slice(point + 1, point + 4);
  return `${iso.slice(0, point)}${milliseconds === '000' ? '' : `.${milliseconds}000`}+00:00`;
}

const NON_ASCII = /[^\x20-\x7e]/g;

function renderText(text: string): string {
  // JSON.stringify escapes quotes and controls; what is left above ASCII is escaped unit by unit.
  return JSON.stringify(text).replaceAll(
    NON_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function renderScalar(value: unknown): string | undefined {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return renderText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value);
  if (value instanceof Date) return `"${renderDate(value)}"`;
  return value instanceof Big ? numberText(value) : undefined;
}

function renderList(
  items: readonly string[],
  open: string,
  close: string,
  indent: string | undefined,
): string {
  if (items.length === 0) return open + close;
  if (indent === undefined) return `${open}${items.join(',')}${close}`;
  const inner = `\n${indent}  `;
  return `${open}${inner}${items.join(`,${inner}`)}\n${indent}${close}`;
}

function render(value: unknown, indent: string | undefined): string {
  const scalar = renderScalar(value);
  if (scalar !== undefined) return scalar;
  const deeper = indent === undefined ? undefined : `${indent}  `;
  if (Array.isArray(value)) {
    return renderList(
      value.map((item: unknown) => render(item, deeper)),
      '[',
      ']',
      indent,
    );
  }
  const separator = indent === undefined ? ':' : ': ';
  const entries = Object.entries(value ?? {}).filter(([, member]) => member !== undefined);
  const members = entries
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${renderText(key)}${separator}${render(member, deeper)}`);
  return renderList(members, '{', '}', indent);
}

/**
 * JSON as the original writes it (data-sets.md 1.0): keys sorted, indented by 2 unless `compact`, all
 * in ASCII, dates as `+00:00`, numbers with all their digits.
 */
export function renderJson(value: unknown, options: { compact?: boolean } = {}): string {
  return render(value, options.compact ? undefined : '');
}
