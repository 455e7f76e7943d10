export { type MigrateOptions, MigrationError, migrate } from './migrate.ts';
