import { join } from 'node:path';
import { repositoryRoot } from '../platform/repository-root.ts';

// The command is write-api's, which the root commands may run but not import by name.
await import(join(repositoryRoot, 'services/write-api/dist/commands/data-sets.js'));
