import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { repositoryRoot } from '../platform/repository-root.ts';

const FOLDERS = ['packages', 'services', 'infra', 'acceptance'];
const SKIPPED = new Set(['node_modules', 'dist', 'generated']);
const BEGIN = '<!-- Written by "npm run docs" from the names of the tests: begin -->';
const END = '<!-- end -->';
/** A test is named after the requirements that it holds: `it('D7: …')`, `it('D1 D2: …')`. */
const TEST_NAME = /(['"`])((?:D\d+ )*D\d+): /g;

const REQUIREMENTS: Readonly<Record<number, string>> = {
  1: 'Signature verified before use; RS256 alone',
  2: "Keys from the configured set only; a token's own hints ignored",
  3: 'Each kind of token has its `typ`, and is refused where another is wanted',
  4: '`iss` exact, `aud` this service',
  5: '`exp`, `iat`, `sub`, `jti` present; 5 s of skew; a longest age',
  6: 'Redirect addresses match exactly',
  7: 'No open redirector: `next` by allow-list',
  8: 'Never a token in an address',
  9: 'PKCE S256 for all clients',
  10: 'Codes work once, for 60 s, for their client',
  11: 'State and nonce unguessable, used once, bound to the browser',
  12: 'Providers cannot be mixed up',
  13: 'Refresh tokens rotate; reuse is detected',
  14: 'Only the grants that are needed',
  15: 'Identity is (provider, subject), never the e-mail',
  16: 'A new session id at sign-in; cookie attributes; idle and absolute ends',
  17: 'Logout, suspension and deletion end sessions on the server',
  18: 'CSRF token and Origin on what a cookie authenticates',
  19: 'CORS by allow-list; no JSONP; no framing',
  20: 'Rate limits and lock-out; nobody can be enumerated',
  21: 'Personal access tokens: hashed, scoped, expiring, revocable',
  22: 'Denied by default; owners checked in the query',
  23: 'Client authentication; consent shown and revocable',
  24: 'Key rotation without outage; fail closed at start',
  25: 'Every event audited, never a secret; uniform errors',
  26: 'Limits of bodies and time; hanging providers',
};

async function* testFiles(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* testFiles(path);
    else if (entry.name.endsWith('.test.ts')) yield path;
  }
}

/** How many tests of each file name a requirement. */
async function testsByRequirement(): Promise<Map<number, Map<string, number>>> {
  const found = new Map<number, Map<string, number>>();
  for (const folder of FOLDERS) {
    for await (const path of testFiles(join(repositoryRoot, folder))) {
      const file = relative(repositoryRoot, path).split(sep).join('/');
      for (const [, , names = ''] of (await readFile(path, 'utf8')).matchAll(TEST_NAME)) {
        for (const name of names.split(' ')) {
          const files = found.get(Number(name.slice(1))) ?? new Map<string, number>();
          found.set(Number(name.slice(1)), files.set(file, (files.get(file) ?? 0) + 1));
        }
      }
    }
  }
  return found;
}

function cell(files: ReadonlyMap<string, number> | undefined): string {
  if (files === undefined) return '**none**';
  const names = [...files].sort(([one], [other]) => (one < other ? -1 : 1));
  return names.map(([file, count]) => `\`${file}\` (${count})`).join(', ');
}

/** SECURITY.md with its table of requirements and tests as they are now. */
export async function securityCoverage(): Promise<string> {
  const current = await readFile(join(repositoryRoot, 'SECURITY.md'), 'utf8');
  const [before, rest] = current.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error('SECURITY.md lost the marks of its table');
  const tests = await testsByRequirement();
  const rows = Object.entries(REQUIREMENTS).map(
    ([number, title]) => `| ${number} | ${title} | ${cell(tests.get(Number(number)))} |`,
  );
  const table = ['| # | requirement | tests |', '| --- | --- | --- |', ...rows].join('\n');
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}

/** The requirements that no test names. */
export async function requirementsWithoutTest(): Promise<number[]> {
  const tests = await testsByRequirement();
  return Object.keys(REQUIREMENTS)
    .map(Number)
    .filter((number) => !tests.has(number));
}
