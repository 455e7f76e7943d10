import { normalizeEmail } from '../users/email.ts';
import type { DumpLine, ImportedPerson } from './imported-person.ts';

export type ImportOutcome =
  | { readonly kind: 'imported'; readonly username: string }
  /** By an earlier run of the same import. */
  | { readonly kind: 'already there' }
  | { readonly kind: 'refused'; readonly reason: string };

export interface ImportStore {
  /** Keeps one person, or nothing; with `dryRun` only says what would come of it. */
  readonly keep: (person: ImportedPerson, options: { readonly dryRun: boolean }) => Promise<ImportOutcome>;
}

export interface ImportReport {
  read: number;
  imported: number;
  already_there: number;
  /** Usernames that were taken, reserved or not of our form. */
  readonly renamed: { line: number; from: string; to: string }[];
  /** Several people with one address: each is kept as a person of their own. */
  readonly duplicate_emails: { email: string; lines: number[] }[];
  readonly refused: { line: number; reason: string }[];
}

/** What a dry run would otherwise not see: the people of earlier lines, who are not kept. */
function amongThemselves(store: ImportStore): ImportStore['keep'] {
  const ids = new Map<string, string>();
  const identities = new Set<string>();
  return async (person, options) => {
    const outcome = await store.keep(person, options);
    const { id = '', providerId = '' } = person;
    if (outcome.kind !== 'imported') return outcome;
    if (ids.get(id) === providerId) return { kind: 'already there' };
    if (ids.has(id)) return { kind: 'refused', reason: `another person has the id ${id}` };
    if (identities.has(providerId))
      return { kind: 'refused', reason: `another person signs in as ${providerId}` };
    ids.set(id, providerId);
    identities.add(providerId);
    return outcome;
  };
}

/** Brings people over, one after the other; run again it goes on where it was. */
export async function importPeople(
  people: AsyncIterable<DumpLine>,
  store: ImportStore,
  options: { readonly dryRun: boolean; readonly onProgress: (read: number) => void },
): Promise<ImportReport> {
  const report: ImportReport = {
    ...{ read: 0, imported: 0, already_there: 0 },
    ...{ renamed: [], duplicate_emails: [], refused: [] },
  };
  const outcomeOf = options.dryRun ? amongThemselves(store) : store.keep;
  const linesByEmail = new Map<string, number[]>();
  for await (const person of people) {
    report.read += 1;
    if ('broken' in person) {
      report.refused.push({ line: person.line, reason: person.broken });
      continue;
    }
    const { line, email, username } = person;
    if (email !== undefined) {
      const key = normalizeEmail(email);
      linesByEmail.set(key, [...(linesByEmail.get(key) ?? []), line]);
    }
    const outcome = await outcomeOf(person, options);
    if (outcome.kind === 'refused') report.refused.push({ line, reason: outcome.reason });
    else if (outcome.kind === 'already there') report.already_there += 1;
    else {
      report.imported += 1;
      if (username !== undefined && username !== outcome.username) {
        report.renamed.push({ line, from: username, to: outcome.username });
      }
    }
    options.onProgress(report.read);
  }
  for (const [email, lines] of linesByEmail) {
    if (lines.length > 1) report.duplicate_emails.push({ email, lines });
  }
  return report;
}
