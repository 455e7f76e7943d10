export { createTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export {
  createTestDatabase,
  POSTGRES_VARIABLE,
  TEMPLATE_DATABASE,
  type TestDatabase,
} from './test-database.ts';
export { describeWith, testMongoUrl, testRedisUrl } from './test-engines.ts';
export {
  type CheckedAnswer,
  checkForgedTokens,
  type ForgedTokenCheck,
} from './tokens/check-forged-tokens.ts';
export type { CountingServer } from './tokens/counting-server.ts';
export { type ForgedToken, type ForgeryOptions, forgedTokens } from './tokens/forged-tokens.ts';
export { createTestIssuer, type ServiceTokenRequest, type TestIssuer } from './tokens/test-issuer.ts';
