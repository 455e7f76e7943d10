import type { Field } from '../../descriptor/field-schema.ts';
import { literal } from '../../engine/sql-text.ts';
import { list, matches, type TypeRules } from './cell-rule.ts';

const text = {
  sqlType: 'VARCHAR',
  columnType: 'string',
  value: (_field: Field, cell: string) => cell,
} as const;

const FORMATS: Readonly<Record<string, { readonly pattern: string; readonly example: string }>> = {
  email: { pattern: '[^@\\s]+@[^@\\s]+\\.[^@\\s]+', example: 'an address such as ada@example.org' },
  uri: { pattern: '[A-Za-z][A-Za-z0-9+.-]*:[^\\s]+', example: 'an address such as https://example.org/' },
  uuid: {
    pattern: '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}',
    example: 'a UUID such as 123e4567-e89b-42d3-a456-426614174000',
  },
  binary: { pattern: '([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?', example: 'it in base64' },
};

export const string: TypeRules = {
  ...text,
  invalid: ({ format }) => {
    const known = FORMATS[format];
    return known && ((cell) => `NOT ${matches(cell, known.pattern)}`);
  },
  suggestion:
    ({ format }) =>
    () =>
      `write ${FORMATS[format]?.example}`,
};

export const boolean: TypeRules = {
  sqlType: 'BOOLEAN',
  columnType: 'boolean',
  invalid:
    ({ trueValues, falseValues }) =>
    (cell) =>
      `${cell} NOT IN (${list([...trueValues, ...falseValues])})`,
  suggestion:
    ({ trueValues, falseValues }) =>
    () =>
      `write one of ${[...trueValues, ...falseValues].join(', ')}, or declare "trueValues" and "falseValues"`,
  value: ({ trueValues }, cell) =>
    `CASE WHEN ${cell} IS NULL THEN NULL ELSE ${cell} IN (${list(trueValues)}) END`,
};

function json(type: 'OBJECT' | 'ARRAY', example: string): TypeRules {
  return {
    ...text,
    // an invalid text has no type to ask for
    invalid: () => (cell) =>
      `CASE WHEN json_valid(${cell}) THEN json_type(${cell}) <> '${type}' ELSE true END`,
    suggestion: () => () => `write JSON such as ${example}`,
  };
}

export const object = json('OBJECT', '{"key": "value"}');
export const array = json('ARRAY', '[1, 2]');
export const geojson: TypeRules = { ...object, suggestion: () => () => 'write a GeoJSON object' };
export const listOfItems: TypeRules = { ...text };

const DEGREES = '[+-]?[0-9]+([.][0-9]+)?';

/** Longitude and latitude of the three forms, as SQL. */
function coordinates(
  field: Field,
  cell: string,
): { readonly form: string; readonly longitude: string; readonly latitude: string } {
  if (field.format === 'object') {
    const part = (name: string) => `json_extract_string(${cell}, ${literal(`$.${name}`)})`;
    const form = `CASE WHEN json_valid(${cell}) THEN coalesce(${matches(part('lon'), DEGREES)} AND ${matches(part('lat'), DEGREES)}, false) ELSE false END`;
    return { form, longitude: part('lon'), latitude: part('lat') };
  }
  const inner = field.format === 'array' ? `trim(${cell}, '[] ')` : cell;
  const form =
    field.format === 'array'
      ? matches(cell, `\\s*\\[\\s*${DEGREES}\\s*,\\s*${DEGREES}\\s*\\]\\s*`)
      : matches(cell, `\\s*${DEGREES}\\s*,\\s*${DEGREES}\\s*`);
  const part = (number: number) => `trim(split_part(${inner}, ',', ${number}))`;
  return { form, longitude: part(1), latitude: part(2) };
}

export const geopoint: TypeRules = {
  ...text,
  invalid: (field) => (cell) => {
    const { form, longitude, latitude } = coordinates(field, cell);
    return `CASE WHEN ${form} THEN abs(CAST(${longitude} AS DOUBLE)) > 180 OR abs(CAST(${latitude} AS DOUBLE)) > 90 ELSE true END`;
  },
  suggestion:
    ({ format }) =>
    () =>
      format === 'object'
        ? 'write {"lon": 28.8, "lat": 47.0}'
        : `write longitude, then latitude, as ${format === 'array' ? '[28.8, 47.0]' : '28.8, 47.0'}`,
};
