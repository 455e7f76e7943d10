import { execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platform, request } from './platform.ts';

const ROOT = join(import.meta.dirname, '../..');
const COMMAND = join(ROOT, 'infra/local/dist/commands/packages.js');
const SAMPLE = join(ROOT, 'samples/boost-moldova');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flyloft-packages-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs the command as a person would, against the platform under test. */
function run(...args: string[]): Promise<Ended> {
  const env = { ...process.env, FLYLOFT_TOKEN: platform.adminToken, NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], { env }, (error, output, errors) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, output, errors });
    });
  });
}

const here = () => ['--url', platform.origin];

/** A package whose data no other test has loaded. */
async function writePackage(
  path: string,
  csv: string,
  descriptor: Record<string, unknown> = {},
): Promise<string> {
  const target = join(folder, path);
  await mkdir(target, { recursive: true });
  const fields = [
    { name: 'region', type: 'string' },
    { name: 'amount', type: 'number' },
  ];
  const resources = [{ name: 'facts', path: 'facts.csv', schema: { fields } }];
  const name = `command-${randomUUID()}`;
  await writeFile(join(target, 'datapackage.json'), JSON.stringify({ name, resources, ...descriptor }));
  await writeFile(join(target, 'facts.csv'), csv);
  return target;
}

const VALID = 'region,amount\nnorth,1.5\nsouth,2.5\n';
const DIRTY = 'region,amount\nnorth,1.5\nsouth,much\n';

describe('packages -- load', () => {
  it('uploads a folder, follows the load and ends with the address of the cube', async () => {
    const ended = await run('load', await writePackage('good', VALID), '--public', ...here());
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.output).toMatch(/queued[\s\S]+saving-metadata[\s\S]+done {2}2 rows/);
    const cube = ended.output.trim().split('\n').at(-1)?.trim() ?? '';
    expect(cube).toMatch(/\/api\/3\/cubes\/[^/]+:command-[^/]+\/model$/);
    const sum = await request(cube.replace(/model$/, 'aggregate?aggregates=amount.sum'));
    expect(sum.json()).toMatchObject({ summary: { 'amount.sum': 4 } });
  });

  it('shows what is wrong as a table, and ends with 1', async () => {
    const ended = await run('load', await writePackage('dirty', DIRTY), ...here());
    expect(ended.code).toBe(1);
    expect(ended.output).toMatch(/facts +2 +3 +amount +much/);
  });

  it('answers the load as JSON alone when asked to', async () => {
    const ended = await run('load', await writePackage('json', VALID), '--json', ...here());
    expect(JSON.parse(ended.output)).toMatchObject({ status: 'done', progress: 2, cube: expect.any(String) });
    expect(ended.errors).toContain('queued');
  });

  it('says at Ctrl-C that the load goes on and how to end it, and ends with 130', async () => {
    // the address of somebody who never answers: the load stays at work
    const silent = createServer(() => undefined);
    const [host, port] = (process.env.FLYLOFT_OUTSIDE ?? '').split(':');
    silent.listen(Number(port), host);
    await once(silent, 'listening');
    try {
      const address = `http://${host}:${port}/datapackage.json`;
      const env = { ...process.env, FLYLOFT_TOKEN: platform.adminToken, NODE_OPTIONS: '' };
      const child = spawn(process.execPath, [COMMAND, 'load', address, ...here()], { env });
      const output: string[] = [];
      child.stdout.on('data', (chunk) => {
        output.push(String(chunk));
        if (output.join('').includes('loading-datapackage')) child.kill('SIGINT');
      });
      const [code] = await once(child, 'close');
      const [, id = ''] = /To end it: npm run packages -- cancel (\S+)/.exec(output.join('')) ?? [];
      expect([code, output.join('')]).toEqual([
        130,
        expect.stringContaining(`goes on: ${platform.origin}/loads/${id}`),
      ]);
      const cancelled = await run('cancel', id, ...here());
      expect(cancelled).toMatchObject({ code: 0, output: expect.stringContaining('is cancelled') });
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it('says why an address is not loaded', async () => {
    const ended = await run('load', 'http://127.0.0.1/datapackage.json', ...here());
    expect(ended).toMatchObject({ code: 1, output: expect.stringContaining('address_refused') });
  });

  it('names a file that is missing, a folder without a descriptor, and a platform that is away', async () => {
    const lacking = await writePackage('lacking', VALID);
    await rm(join(lacking, 'facts.csv'));
    const missing = await run('load', lacking, ...here());
    expect(missing).toMatchObject({ code: 1, errors: expect.stringContaining('facts.csv is named by') });
    const none = await run('load', folder, ...here());
    expect(none).toMatchObject({ code: 1, errors: expect.stringContaining('no datapackage.json') });
    const away = await run('load', lacking, '--url', 'http://127.0.0.1:9');
    expect(away).toMatchObject({ code: 1, errors: expect.stringContaining('does not answer') });
    const stranger = await run('load', lacking, '--token', 'fl_pat_wrong', ...here());
    expect(stranger).toMatchObject({ code: 1, errors: expect.stringContaining('does not take the token') });
    const ftp = await run('load', 'ftp://data.example.org/datapackage.json', ...here());
    expect(ftp).toMatchObject({ code: 1, errors: expect.stringContaining('https://') });
    const nowhere = await run('load', lacking, '--data', folder);
    expect(nowhere).toMatchObject({ code: 1, errors: expect.stringContaining('npm start') });
  });
});

describe('packages -- validate', () => {
  it('finds a valid package valid, and loads nothing', async () => {
    const ended = await run('validate', SAMPLE, '--json');
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.output)).toMatchObject({ status: 'valid', progress: 2000, errors: [] });
  });

  it('gives the report of a load', async () => {
    const dirty = await writePackage('both', DIRTY);
    const examined = await run('validate', dirty, '--json');
    const loaded = await run('load', dirty, '--json', ...here());
    expect([examined.code, loaded.code]).toEqual([1, 1]);
    const { error, code, errors, errors_total } = JSON.parse(loaded.output);
    expect(JSON.parse(examined.output)).toMatchObject({ error, code, errors, errors_total });
  });
});

describe('packages -- import', () => {
  it('loads every package of a datastore for its owner, says what was refused, and goes on where it was', async () => {
    const owner = createHash('md5').update(randomUUID()).digest('hex');
    await writePackage(`store/${owner}/good`, VALID, { name: 'good' });
    await writePackage(`store/${owner}/dirty`, DIRTY, { name: 'dirty' });
    await cp(SAMPLE, join(folder, `store/${owner}/boost`), { recursive: true });
    const args = ['import', join(folder, 'store'), '--progress', join(folder, 'progress.json'), ...here()];
    const first = await run(...args, '--json', '--public');
    expect(first.code).toBe(1);
    expect(JSON.parse(first.output)).toMatchObject({
      ...{ done: [`${owner}/boost`, `${owner}/good`], before: [] },
      refused: [
        { package: `${owner}/dirty`, code: 'data_invalid', reason: expect.stringContaining('row 2') },
      ],
    });
    expect((await request(`/api/3/cubes/${owner}:good/model`)).status).toBe(200);

    await writePackage(`store/${owner}/dirty`, VALID, { name: 'dirty' });
    const second = await run(...args, '--json');
    expect(JSON.parse(second.output)).toEqual({
      ...{ done: [`${owner}/dirty`], before: [`${owner}/boost`, `${owner}/good`], refused: [] },
    });
    expect(second.code).toBe(0);
    expect(Object.keys(JSON.parse(await readFile(join(folder, 'progress.json'), 'utf8')))).toHaveLength(3);
  });

  it('says so when there is none', async () => {
    const ended = await run('import', SAMPLE, ...here());
    expect(ended).toMatchObject({
      code: 1,
      errors: expect.stringContaining('<owner>/<name>/datapackage.json'),
    });
  });
});

/** Set when the suite has started the platform itself: then the worker may fetch from this place. */
const outside = process.env.FLYLOFT_OUTSIDE;

describe('the commands of docs/packages-command.md', () => {
  const page = readFileSync(join(ROOT, 'docs/packages-command.md'), 'utf8');
  const commands = [...page.matchAll(/^npm run packages -- (.*?) *(#.*)?$/gm)].map(([, line = '']) => line);
  const runnable = commands.filter((line) => outside !== undefined || !line.includes('https://'));
  let server: Server;

  beforeAll(async () => {
    const target = await writePackage('my-package', VALID);
    const owner = createHash('md5').update(randomUUID()).digest('hex');
    await cp(target, join(folder, `datastore/${owner}/from-the-page`), { recursive: true });
    server = createServer(async (req, res) => {
      res.end(await readFile(join(target, basename(req.url ?? ''))));
    });
    const [host, port] = (outside ?? '127.0.0.1:0').split(':');
    server.listen(Number(port), host);
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('are found', () => {
    expect(commands.map((line) => line.split(' ')[0])).toEqual(['validate', 'load', 'load', 'import']);
  });

  it.each(runnable)('%s', async (line) => {
    const args = line
      .replace('https://data.example.org', `http://${outside}`)
      .replace(/(my-package|datastore)/, join(folder, '$1'))
      .split(' ');
    const progress = args[0] === 'import' ? ['--progress', join(folder, 'page.json')] : [];
    const ended = await run(...args, ...progress, ...here());
    expect([ended.code, ended.errors]).toEqual([0, '']);
    expect(ended.output).toMatch(/✓|1 loaded/);
  });
});

describe('the command line', () => {
  it('shows its help, and ends with 2 for what it does not know', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, output: expect.stringContaining('validate DIR') });
    for (const args of [[], ['frob'], ['load'], ['load', 'a', 'b'], ['load', 'a', '--frob']]) {
      expect(await run(...args)).toMatchObject({ code: 2, errors: expect.stringContaining('Usage:') });
    }
  });
});
