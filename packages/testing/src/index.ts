export {
  createTestDatabase,
  POSTGRES_VARIABLE,
  TEMPLATE_DATABASE,
  type TestDatabase,
} from './test-database.ts';
export { describeWith, testMongoUrl, testRedisUrl } from './test-engines.ts';
