import { problem } from '@flyloft/common';

/** What a client is, in a word, and the metadata (RFC 7591) that it comes to. */
const CLIENT_KINDS = {
  web: {},
  browser: { token_endpoint_auth_method: 'none' },
  native: { token_endpoint_auth_method: 'none', application_type: 'native' },
  machine: { grant_types: ['client_credentials'] },
} as const;

/** @throws {ProblemError} 400 for a word that is none of them. */
export function metadataOfKind(kind: string): (typeof CLIENT_KINDS)[keyof typeof CLIENT_KINDS] {
  const known = Object.entries(CLIENT_KINDS).find(([name]) => name === kind);
  if (known === undefined) {
    throw problem('invalid_parameter', `A client is one of ${Object.keys(CLIENT_KINDS).join(', ')}`);
  }
  return known[1];
}
