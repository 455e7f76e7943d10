import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationTable } from '../documents/configuration-table.ts';
import { errorTable } from '../documents/error-table.ts';
import { requirementsWithoutTest, securityCoverage } from '../documents/security-coverage.ts';
import { repositoryRoot } from '../platform/repository-root.ts';
import { runCommand } from './run-command.ts';

const HELP = `Usage: npm run docs [-- --check]

Writes the documents that follow from the code. With --check, only says whether they are up to date.
`;

const DOCUMENTS: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/errors.md': errorTable,
  'docs/configuration.md': configurationTable,
  'SECURITY.md': securityCoverage,
};

await runCommand(async () => {
  if (process.argv.includes('--help')) return void process.stdout.write(HELP);
  for (const [path, write] of Object.entries(DOCUMENTS)) {
    const file = join(repositoryRoot, path);
    const content = await write();
    const current = await readFile(file, 'utf8').catch(() => '');
    if (current === content) continue;
    if (process.argv.includes('--check')) {
      process.stdout.write(`${path} is out of date: run "npm run docs"\n`);
      process.exitCode = 1;
    } else {
      await writeFile(file, content);
      process.stdout.write(`wrote ${path}\n`);
    }
  }
  const untested = process.argv.includes('--check') ? await requirementsWithoutTest() : [];
  if (untested.length > 0) {
    process.stdout.write(`SECURITY.md: no test is named after the requirement ${untested.join(', ')}\n`);
    process.exitCode = 1;
  }
});
