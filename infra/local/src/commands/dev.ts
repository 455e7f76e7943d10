import { watch } from 'node:fs';
import { join, sep } from 'node:path';
import { repositoryRoot } from '../platform/repository-root.ts';
import { runProgram, tool } from './checks.ts';

// The platform, whose services restart when their compiled files change, beside a watch over the
// sources. (The compiler's own watch took some 20 s to notice a change.)
const WATCHED = ['packages', 'services'];
const SETTLE_MILLISECONDS = 150;

let timer: NodeJS.Timeout | undefined;
let compiling = false;

async function compile(): Promise<void> {
  if (compiling) return schedule();
  compiling = true;
  const passed = await runProgram(tool('tsc'), ['-b']);
  compiling = false;
  process.stdout.write(passed ? '✓ Compiled\n' : '✗ Not compiled: the services go on as they were\n');
}

function schedule(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void compile(), SETTLE_MILLISECONDS);
}

for (const folder of WATCHED) {
  watch(join(repositoryRoot, folder), { recursive: true, persistent: false }, (_event, file) => {
    const isSource =
      file?.endsWith('.ts') && file.includes(`${sep}src${sep}`) && !file.includes('node_modules');
    if (isSource) schedule();
  });
}
process.argv.push('--watch');
await import('./start.ts');
