/** A person of an older system, as its dump has them; nothing of it is checked yet. */
export interface ImportedPerson {
  /** For reports: the line of the dump. */
  readonly line: number;
  /** The id that names the person's folders and packages: MD5 of the e-mail address there. */
  readonly id: string | undefined;
  /** `<provider>:<subject>`. */
  readonly providerId: string | undefined;
  readonly username: string | undefined;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly avatarUrl: string | undefined;
  readonly joinDate: string | undefined;
}

/** A line of a dump that holds no person: it is reported, and those after it are still read. */
export interface BrokenLine {
  readonly line: number;
  readonly broken: string;
}

export type DumpLine = ImportedPerson | BrokenLine;

/** A row by the names of its columns; empty texts count as absent. */
export function personOfRow(line: number, row: Readonly<Record<string, unknown>>): ImportedPerson {
  const text = (name: string): string | undefined => {
    const value = row[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    line,
    id: text('id'),
    providerId: text('provider_id'),
    username: text('username'),
    name: text('name'),
    email: text('email'),
    avatarUrl: text('avatar_url'),
    joinDate: text('join_date'),
  };
}
