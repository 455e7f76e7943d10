import { basename, dirname, join } from 'node:path';
import type { LoadReport } from '@flyloft/common';
import { repositoryRoot } from '../platform/repository-root.ts';
import { createScreen } from '../screen/progress-bar.ts';
import { counted } from './load-package.ts';
import { DESCRIPTOR } from './package-folder.ts';
import type { Arguments } from './read-arguments.ts';
import { reportLines } from './show-report.ts';

/** What the worker's module offers. */
interface Validator {
  validatePackage(folder: string): Promise<LoadReport>;
}

async function loadValidator(): Promise<Validator> {
  // The worker's own code reads packages; services may not be imported by name, so by its place.
  const path = join(repositoryRoot, 'services/package-worker/dist/commands/validate-package.js');
  // by its source, which is compiled with the same build
  return (await import(path)) as Validator;
}

/** `validate DIR`; answers the exit status. */
export async function validateCommand(given: Arguments): Promise<number> {
  const screen = createScreen(given.json ? process.stderr : process.stdout);
  const { subject } = given;
  const folder = basename(subject) === DESCRIPTOR ? dirname(subject) : subject;
  screen.passing('  reading …');
  const { validatePackage } = await loadValidator();
  const report = await validatePackage(folder);
  for (const line of reportLines(report, screen.width)) screen.lasting(line);
  if (given.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  if (report.error !== null) return 1;
  screen.lasting(`✓ valid: ${counted(report.progress)}. Nothing was loaded.`);
  return 0;
}
