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
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function renderText(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  // JSON.stringify escapes quotes and controls; what is left above ASCII is escaped unit by unit.
  return JSON.stringify(text).replaceAll(
    NON_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const MOST_DATES = 1_000;

/** A member's name, the separator behind it, and how its object sorts it. */
interface Members {
  /** As the object has them, before they are sorted. */
  readonly keys: readonly string[];
  readonly names: readonly string[];
  readonly labels: readonly string[];
}

/**
 * Renders one value. Rows of an answer have the same keys and few different dates, so the order of keys and
 * the text of dates are found once: 0.6 ms of CPU instead of 2.1 for the 520 rows of `npm run bench -- data-sets`.
 */
export function createRenderer(compact: boolean): (value: unknown, indent: string) => string {
  const dates = new Map<number, string>();
  const shapes = new Map<string, Members>();

  const dateText = (date: Date): string => {
    const known = dates.get(date.getTime());
    if (known !== undefined) return known;
    const text = `"${renderDate(date)}"`;
    // Raw records share the starts of their periods, but seldom a moment.
    if (dates.size >= MOST_DATES) dates.clear();
    dates.set(date.getTime(), text);
    return text;
  };

  let last: Members | undefined;

  const membersOf = (value: object): Members => {
    const keys = Object.keys(value);
    // Most rows have the keys of the row before: that is seen without a name for them.
    const isAlike =
      last?.keys.length === keys.length && keys.every((key, index) => key === last?.keys[index]);
    if (last !== undefined && isAlike) return last;
    const shape = keys.join('\n');
    const names = [...keys].sort();
    last = shapes.get(shape) ?? {
      keys,
      names,
      labels: names.map((name) => `${renderText(name)}${compact ? ':' : ': '}`),
    };
    if (shapes.size < 1_000) shapes.set(shape, last);
    return last;
  };

  const list = (items: readonly string[], open: string, close: string, indent: string): string => {
    if (items.length === 0) return open + close;
    if (compact) return `${open}${items.join(',')}${close}`;
    const inner = `\n${indent}  `;
    return `${open}${inner}${items.join(`,${inner}`)}\n${indent}${close}`;
  };

  const render = (value: unknown, indent: string): string => {
    if (typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value);
    if (typeof value === 'string') return renderText(value);
    if (typeof value !== 'object' || value === null) return 'null';
    if (value instanceof Date) return dateText(value);
    if (value instanceof Big) return numberText(value);
    const deeper = compact ? '' : `${indent}  `;
    if (Array.isArray(value)) {
      return list(
        value.map((item: unknown) => render(item, deeper)),
        '[',
        ']',
        indent,
      );
    }
    const { names, labels } = membersOf(value);
    const members: string[] = [];
    names.forEach((name, index) => {
      const member: unknown = Reflect.get(value, name);
      if (member !== undefined) members.push(`${labels[index]}${render(member, deeper)}`);
    });
    return list(members, '{', '}', indent);
  };
  return render;
}

/**
 * JSON as the original writes it (data-sets.md 1.0): keys sorted, indented by 2 unless `compact`, all
 * in ASCII, dates as `+00:00`, numbers with all their digits.
 */
export function renderJson(value: unknown, options: { compact?: boolean } = {}): string {
  return createRenderer(options.compact ?? false)(value, '');
}

/** Renders page after page, each row as one compact JSON object a line. */
export function createNdjsonRenderer(): (rows: readonly unknown[]) => string {
  const render = createRenderer(true);
  return (rows) => rows.map((row) => `${render(row, '')}\n`).join('');
}

/** One compact JSON object a line. */
export function renderNdjson(rows: readonly unknown[]): string {
  return createNdjsonRenderer()(rows);
}
