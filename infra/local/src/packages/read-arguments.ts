import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../platform/repository-root.ts';
import { UsageError } from './usage-error.ts';

const COMMANDS = ['load', 'import', 'validate', 'cancel'] as const;
type Command = (typeof COMMANDS)[number];

const SUBJECTS: Readonly<Record<Command, string>> = {
  load: 'DIR or URL',
  import: 'DIR',
  validate: 'DIR',
  cancel: 'LOAD',
};

export interface Arguments {
  readonly command: Command;
  /** What to load, import or validate; the id of a load to cancel. */
  readonly subject: string;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly data: string;
  readonly public: boolean;
  readonly force: boolean;
  readonly mine: boolean;
  readonly progress: string | undefined;
  readonly json: boolean;
}

const OPTIONS = {
  url: { type: 'string' },
  token: { type: 'string' },
  data: { type: 'string', default: join(repositoryRoot, '.flyloft') },
  public: { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  mine: { type: 'boolean', default: false },
  progress: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** What was asked for; undefined when it was help. @throws {UsageError} */
export function readArguments(args: readonly string[]): Arguments | undefined {
  const { values, positionals } = parse(args);
  const { help, ...options } = values;
  const [name, subject, ...rest] = positionals;
  if (help || name === 'help') return undefined;
  if (name === undefined) throw new UsageError('no command given');
  const command = COMMANDS.find((candidate) => candidate === name);
  if (command === undefined) throw new UsageError(`no command "${name}"`);
  if (subject === undefined) throw new UsageError(`${name} needs a ${SUBJECTS[command]}`);
  if (rest.length > 0)
    throw new UsageError(`${name} takes one ${SUBJECTS[command]}, not also ${rest.join(', ')}`);
  const { url, token, progress, ...others } = options;
  return { ...others, command, subject, url, token, progress };
}
