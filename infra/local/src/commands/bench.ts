import { join } from 'node:path';
import { repositoryRoot } from '../platform/repository-root.ts';

// The benchmarks are a workspace of their own, which the root commands may run but not import.
await import(join(repositoryRoot, 'bench/dist/main.js'));
