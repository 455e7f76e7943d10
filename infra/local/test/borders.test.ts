import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '../src/index.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flyloft-borders-'));
  const configuration = JSON.parse(readFileSync(join(repositoryRoot, 'biome.json'), 'utf8'));
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...configuration, vcs: { enabled: false } }));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** What the project's lint rules say of a file with one import at that place; nothing when it is fine. */
function lint(place: string, module: string): string {
  const file = join(folder, place);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `import thing from '${module}';\n\nexport const it = thing;\n`);
  const biome = join(repositoryRoot, 'node_modules/.bin/biome');
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const { stdout, stderr, status } = spawnSync(biome, ['lint', '--colors=off', place], options);
  return status === 0 ? '' : stdout + stderr;
}

describe('the lint refuses', () => {
  it.each([
    ['services/read-api/src/routes/x.ts', '@flyloft/write-api', 'Services do not import services'],
    ['services/read-api/src/routes/x.ts', '../../../write-api/src/app.ts', 'Services do not import services'],
    ['services/auth/src/app.ts', '@flyloft/local', 'Services do not import services'],
    ['packages/common/src/x.ts', '@flyloft/auth', 'Packages do not import services'],
    ['packages/data-sets/src/postgres/x.ts', '@flyloft/local', 'Packages do not import services'],
    ['packages/data-sets/src/records/x.ts', 'pg', 'Domain code knows neither'],
    ['packages/warehouse/src/queries/x.ts', 'express', 'Domain code knows neither'],
    ['packages/registry/src/loads/x.ts', '../postgres/loads.ts', 'Domain code does not import adapters'],
    ['acceptance/src/x.test.ts', '@flyloft/common', 'Black-box tests'],
  ])('in %s the import of %s', (place, module, message) => {
    expect(lint(place, module)).toContain(message);
  });
});

describe('the lint lets', () => {
  it.each([
    ['packages/data-sets/src/postgres/x.ts', 'pg'],
    ['packages/data-sets/src/records/x.ts', '../values/value.ts'],
    ['services/read-api/src/app.ts', '@flyloft/data-sets'],
    ['services/read-api/src/app.ts', 'express'],
  ])('%s import %s', (place, module) => {
    expect(lint(place, module)).toBe('');
  });
});
