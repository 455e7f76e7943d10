import fc from 'fast-check';
import { type OpenApi, resolveSchema, type Schema } from './document.ts';

const DEEPEST = 5;

const moment = fc.date({
  min: new Date('1970-01-01'),
  max: new Date('2100-01-01'),
  noInvalidDate: true,
});

// What documents say of texts, and what then is a text of that kind.
const FORMATS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'date-time': moment.map((date) => date.toISOString()),
  date: moment.map((date) => date.toISOString().slice(0, 10)),
  uuid: fc.uuid(),
  uri: fc.webUrl(),
  email: fc.emailAddress(),
};

const number = (value: unknown, fallback: number) => (typeof value === 'number' ? value : fallback);

function textsOf(schema: Schema): fc.Arbitrary<string> {
  const { pattern, format } = schema;
  const minLength = number(schema.minLength, 0);
  const maxLength = Math.min(number(schema.maxLength, minLength + 20), minLength + 200);
  if (typeof pattern === 'string') {
    return fc.stringMatching(new RegExp(pattern)).map((text) => text.slice(0, maxLength));
  }
  const known = typeof format === 'string' ? FORMATS[format] : undefined;
  const plain = fc.oneof(fc.string({ minLength, maxLength }), fc.stringMatching(/^[a-z][a-z0-9_]{1,9}$/));
  return known ?? (maxLength < 10 ? fc.string({ minLength, maxLength }) : plain);
}

function integersOf(schema: Schema): fc.Arbitrary<number> {
  const min = Math.max(number(schema.minimum, number(schema.exclusiveMinimum, -1e6 - 1) + 1), -1e9);
  return fc.integer({ min, max: Math.max(min, Math.min(number(schema.maximum, min + 2e6), 2 ** 31 - 1)) });
}

function objectsOf(api: OpenApi, schema: Schema, depth: number): fc.Arbitrary<object> {
  const properties: Record<string, Schema> = Object(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const named = Object.fromEntries(
    Object.entries(properties).map(([name, part]) => [name, schemaValues(api, part, depth + 1)]),
  );
  const known = fc.record(named, { requiredKeys: required.filter((name) => name in named) });
  const { additionalProperties: others = Object.keys(named).length === 0 } = schema;
  if (others === false) return known;
  const other = schemaValues(api, others === true ? {} : Object(others), depth + 1);
  const key = fc.stringMatching(/^[a-z][a-z_]{1,7}$/);
  return fc
    .tuple(fc.dictionary(key, other, { maxKeys: 3, noNullPrototype: true }), known)
    .map(([more, values]) => ({ ...more, ...values }));
}

function arraysOf(api: OpenApi, schema: Schema, depth: number): fc.Arbitrary<unknown[]> {
  const minLength = number(schema.minItems, 0);
  const maxLength = Math.min(number(schema.maxItems, minLength + 3), minLength + 3);
  return fc.array(schemaValues(api, Object(schema.items), depth + 1), { minLength, maxLength });
}

/** Values that a schema allows, as far as types, ranges and patterns tell. */
export function schemaValues(api: OpenApi, given: Schema, depth = 0): fc.Arbitrary<unknown> {
  const schema = resolveSchema(api, given);
  const { type, enum: allowed, anyOf, oneOf, allOf } = schema;
  if (depth > DEEPEST) return fc.constant(null);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(allowed)) return fc.constantFrom(...allowed);
  const choices: unknown = anyOf ?? oneOf;
  if (Array.isArray(choices)) {
    return fc.oneof(...choices.map((choice) => schemaValues(api, choice, depth + 1)));
  }
  if (Array.isArray(allOf)) {
    const parts = allOf.map((part) => schemaValues(api, part, depth + 1));
    return fc.tuple(...parts).map((values) => Object.assign({}, ...values.map(Object)));
  }
  if (Array.isArray(type)) {
    return fc.oneof(...type.map((one) => schemaValues(api, { ...schema, type: one }, depth + 1)));
  }
  if (type === 'string') return textsOf(schema);
  if (type === 'integer') return integersOf(schema);
  if (type === 'number') return fc.oneof(integersOf(schema), fc.double({ noNaN: true, min: 0, max: 1e9 }));
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'array') return arraysOf(api, schema, depth);
  if (type === 'object') return objectsOf(api, schema, depth);
  return fc.jsonValue({ maxDepth: 1 });
}
