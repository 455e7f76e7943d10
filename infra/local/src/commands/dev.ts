import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../platform/repository-root.ts';

// Two programs side by side: the compiler, which watches the sources, and the platform, whose
// services restart when their compiled files change.
const compiler = spawn(
  join(repositoryRoot, 'node_modules/.bin/tsc'),
  ['-b', '--watch', '--preserveWatchOutput'],
  { cwd: repositoryRoot, stdio: ['ignore', 'inherit', 'inherit'], detached: true },
);
process.once('exit', () => {
  // Its group: the compiler is a native program that a script starts.
  if (compiler.pid !== undefined && compiler.exitCode === null) process.kill(-compiler.pid);
});
process.argv.push('--watch');
await import('./start.ts');
