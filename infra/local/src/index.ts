export type { Engine } from './engines/engine.ts';
export { freePort } from './engines/free-port.ts';
export { startMongo } from './engines/mongo.ts';
export { type PostgresOptions, startPostgres } from './engines/postgres.ts';
export { startRedis } from './engines/redis.ts';
export { startS3 } from './engines/s3.ts';
export { migratePlatform } from './platform/migrate-platform.ts';
export { repositoryRoot } from './platform/repository-root.ts';
