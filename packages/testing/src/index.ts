export { serveHttp, type TestHttpServer } from './http-server.ts';
export { createTestOAuthServer, type TestOAuthServer } from './oauth/test-oauth-server.ts';
export { createTestProvider, type TestProvider } from './oidc/test-provider.ts';
export { fuzzService } from './openapi-fuzz/fuzz-service.ts';
export { propertyWithin } from './property-within.ts';
export {
  type ServiceProcess,
  type ServiceProcessOptions,
  startServiceProcess,
} from './service-process.ts';
export type { NetworkFault } from './tcp-link.ts';
export { createTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export { tellProgress } from './tell-progress.ts';
export {
  createTestDatabase,
  type TestDatabase,
} from './test-database.ts';
export { describeWith, type TestS3, testMongoUrl, testRedisUrl, testS3 } from './test-engines.ts';
export { checkForgedTokens } from './tokens/check-forged-tokens.ts';
export type { CountingServer } from './tokens/counting-server.ts';
export { forgedTokens } from './tokens/forged-tokens.ts';
export { createTestIssuer, type TestIssuer } from './tokens/test-issuer.ts';
