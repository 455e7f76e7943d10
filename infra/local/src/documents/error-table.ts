import { PROBLEMS } from '@flyloft/common';

/** docs/errors.md, from the one table of problem codes. */
export function errorTable(): string {
  const rows = Object.entries(PROBLEMS)
    .sort(([, one], [, other]) => one.status - other.status)
    .map(([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`);
  return `# Error codes

<!-- Written by "npm run docs" from packages/common/src/problem.ts. -->

Endpoints without an older contract answer errors as \`application/problem+json\` (RFC 9457): \`type, title, status, detail, instance, code,
request_id\`, and \`errors\` where several things are wrong at once. A code never changes its meaning. Endpoints that keep an older contract keep its
error body; their documentation says which. An answer of 500 says nothing of its cause: the log has it under the request id.

| code | status | meaning |
| --- | --- | --- |
${rows.join('\n')}
`;
}
