import type { ErrorObject } from 'ajv';
import { pythonText } from './python-text.ts';

type Message = (error: ErrorObject, value: string) => string;

/** By the comparison that failed: draft 4 says `exclusiveMinimum` beside `minimum`, later drafts instead of it. */
function describeLimit({ params }: ErrorObject, value: string): string {
  const comparison = String(params.comparison);
  const [side, end] = comparison.startsWith('>') ? ['less', 'minimum'] : ['greater', 'maximum'];
  return `${value} is ${side} than ${comparison.endsWith('=') ? '' : 'or equal to '}the ${end} of ${String(params.limit)}`;
}

/** The words of the original for each keyword (data-sets.md 3.3); other keywords say it in Ajv's. */
const MESSAGES: Readonly<Record<string, Message>> = {
  required: ({ params }) => `'${String(params.missingProperty)}' is a required property`,
  format: ({ params }, value) => `${value} is not a '${String(params.format)}'`,
  type: ({ schema }, value) => `${value} is not of type ${[schema].flat().map(pythonText).join(', ')}`,
  enum: ({ schema }, value) => `${value} is not one of ${pythonText(schema)}`,
  const: ({ schema }, value) => `${pythonText(schema)} was expected, not ${value}`,
  pattern: ({ schema }, value) => `${value} does not match ${pythonText(schema)}`,
  minimum: describeLimit,
  maximum: describeLimit,
  exclusiveMinimum: describeLimit,
  exclusiveMaximum: describeLimit,
  minLength: (_error, value) => `${value} is too short`,
  maxLength: (_error, value) => `${value} is too long`,
  multipleOf: ({ schema }, value) => `${value} is not a multiple of ${String(schema)}`,
  additionalProperties: ({ params }) =>
    `Additional properties are not allowed (${pythonText(params.additionalProperty)} was unexpected)`,
  anyOf: (_error, value) => `${value} is not valid under any of the given schemas`,
  oneOf: (_error, value) => `${value} is not valid under exactly one of the given schemas`,
};

/** A record shows at most so much of itself in a message. */
const LONGEST_VALUE = 1_000;

/** What is wrong with a record, and at which of its keys. */
export function describeSchemaError(error: ErrorObject): { key: string | null; message: string } {
  const [, pointer = ''] = error.instancePath.split('/');
  const missing: unknown = error.params.missingProperty ?? error.params.additionalProperty;
  const named = typeof missing === 'string' ? missing : '';
  const key = (pointer === '' ? named : pointer.replaceAll('~1', '/').replaceAll('~0', '~')) || null;
  const value = pythonText(error.data).slice(0, LONGEST_VALUE);
  return { key, message: MESSAGES[error.keyword]?.(error, value) ?? `${value} ${error.message ?? ''}` };
}
