import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { repositoryRoot } from '@flyloft/local';
import { endWhenDone } from './clean-up.ts';
import { temporaryFolder } from './temporary.ts';

/** What a benchmark needs of `platform.json`. */
interface Description {
  readonly origin: string;
  readonly auth: { readonly url: string };
  readonly writeApi: { readonly url: string };
  readonly readApi: { readonly url: string };
  readonly conductor: { readonly url: string };
  readonly worker: { readonly adminUrl: string };
  readonly adminToken: string;
}

export interface BenchPlatform extends Description {
  /** The embedded database, as auth connects to it. */
  readonly authDatabaseUrl: string;
  /** As read-api connects to it. */
  readonly readDatabaseUrl: string;
  /** Where the files of cubes are, as they are read. */
  readonly filesFolder: string;
  readonly stop: () => Promise<void>;
}

export interface Access {
  readonly token: string;
  readonly userid: string;
}

/** Away from the platform that somebody may have running beside it. */
const PORT_BASE = Number(process.env.PORT_BASE ?? 7400);

/** Starts a platform of the benchmark's own, empty, in a temporary folder, with further variables. */
export async function startBenchPlatform(
  variables: Readonly<Record<string, string>> = {},
): Promise<BenchPlatform> {
  const folder = await temporaryFolder('platform');
  const script = join(repositoryRoot, 'infra/local/dist/commands/start.js');
  const child = spawn(process.execPath, [script, '--no-sample', '--data', folder], {
    env: { ...process.env, PORT_BASE: String(PORT_BASE), LOG_LEVEL: 'warn', ...variables },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = endWhenDone(child);
  const file = join(folder, 'platform.json');
  while (!existsSync(file)) {
    if (child.exitCode !== null) throw new Error('The platform did not start');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // our own launcher's files
  const { databasePassword } = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8')) as {
    databasePassword: string;
  };
  const databaseUrl = (role: string) =>
    `postgres://${role}:${databasePassword}@127.0.0.1:${PORT_BASE + 50}/flyloft`;
  return {
    authDatabaseUrl: databaseUrl('flyloft_auth'),
    readDatabaseUrl: databaseUrl('flyloft_read_api'),
    filesFolder: join(folder, 'files'),
    // our own launcher's file
    ...(JSON.parse(await readFile(file, 'utf8')) as Description),
    stop,
  };
}

/** A request that must succeed; answers its body as text. */
export async function call(url: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${url}: ${answer.status} ${text}`);
  return text;
}

export async function authorize({ origin, adminToken }: Description, service: string): Promise<Access> {
  const headers = { Authorization: `Bearer ${adminToken}` };
  // the contract of /auth/authorize
  return JSON.parse(await call(`${origin}/auth/authorize?service=${service}`, { headers })) as Access;
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('base64');
}

interface Signed {
  readonly filedata: Record<string, { upload_url: string; upload_query: Record<string, string[]> }>;
}

/** Uploads files by signed addresses, straight to the conductor; answers each one's address. */
export async function upload(
  platform: Description,
  { token, userid }: Access,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const filedata: Record<string, { name: string; md5: string; length: number }> = {};
  for (const [path, source] of Object.entries(files)) {
    filedata[path] = { name: path, md5: await md5Of(source), length: (await stat(source)).size };
  }
  const body = JSON.stringify({ metadata: { owner: userid, name }, filedata });
  // the contract of /datastore/authorize
  const signed = JSON.parse(
    await call(`${platform.origin}/datastore/`, { method: 'POST', headers: { 'Auth-Token': token }, body }),
  ) as Signed;
  const addresses: Record<string, string> = {};
  for (const [path, source] of Object.entries(files)) {
    const { upload_url: address = '', upload_query: query = {} } = signed.filedata[path] ?? {};
    const url = new URL(address);
    url.host = new URL(platform.conductor.url).host;
    for (const [key, [value = '']] of Object.entries(query)) url.searchParams.set(key, value);
    const { md5 = '', length = 0 } = filedata[path] ?? {};
    await call(url.href, {
      method: 'PUT',
      headers: { 'Content-MD5': md5, 'Content-Length': String(length) },
      body: Readable.toWeb(createReadStream(source)),
      duplex: 'half',
    });
    addresses[path] = address;
  }
  return addresses;
}

/** A load as `/loads/{id}` tells it, the part that is measured. */
export interface MeasuredLoad {
  readonly status: string;
  readonly error: string | null;
  readonly errors_total: number;
  readonly phases: readonly { readonly status: string; readonly seconds: number | null }[];
}

/** Asks for a load of the descriptor and waits for its end. */
export async function loadToEnd(
  { origin }: Description,
  { token }: Access,
  descriptor: string,
): Promise<MeasuredLoad> {
  const parameters = new URLSearchParams({ datapackage: descriptor, jwt: token });
  // the contract of /package/upload, with part A's key `load`
  const { load } = JSON.parse(await call(`${origin}/package/upload?${parameters}`, { method: 'POST' })) as {
    load: string;
  };
  const headers = { Authorization: `Bearer ${token}` };
  for (;;) {
    // the load body of packages.md A6
    const found = JSON.parse(await call(`${origin}/loads/${load}`, { headers })) as MeasuredLoad;
    if (found.status === 'done' || found.status === 'fail') return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Asks a service's metrics for its memory again and again; answers the most that was seen, in MB. */
export function watchMemory({ adminUrl }: Pick<Description['worker'], 'adminUrl'>): () => number {
  let most = 0;
  const timer = setInterval(async () => {
    const metrics = await fetch(`${adminUrl}/metrics`).then(
      (answer) => answer.text(),
      () => '',
    );
    const bytes = Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(metrics)?.[1] ?? 0);
    most = Math.max(most, bytes);
  }, 50);
  return () => {
    clearInterval(timer);
    return Math.round(most / 1024 ** 2);
  };
}

/** How many rows the tables of the benchmark have. */
export const BENCH_ROWS = Number(process.env.BENCH_ROWS ?? 1_000_000);

/** Such as `1 M`. */
export const rowsInWords = (rows: number) =>
  rows % 1e6 === 0 ? `${rows / 1e6} M` : rows.toLocaleString('en-GB');

/** The name of a case, with its rows when they are not the usual ones: its results stand beside the others. */
export const caseOfRows = (name: string) => (BENCH_ROWS === 1e6 ? name : `${name}-${BENCH_ROWS}`);
