import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../platform/repository-root.ts';

// Two programs side by side: the compiler, which watches the sources, and the platform, whose
// services restart when their compiled files change.
const compiler = spawn(
  join(repositoryRoot, 'node_modules/.bin/tsc'),
  ['-b', '--watch', '--preserveWatchOutput'],
  {
    cwd: repositoryRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  },
);
process.once('exit', () => compiler.kill());
process.argv.push('--watch');
await import('./start.ts');
