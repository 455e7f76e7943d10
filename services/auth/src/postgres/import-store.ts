import { randomUUID } from 'node:crypto';
import type { ImportOutcome, ImportStore } from '../import/import-people.ts';
import type { ImportedPerson } from '../import/imported-person.ts';
import { emailSchema } from '../users/email.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';
import { chooseUsername, lockUsers } from './insert-user.ts';

/** What people of the older systems could do, they go on doing. */
const ROLE = 'user';
const IDHASH = /^[0-9a-f]{32}$/;
const PROVIDER_ID = /^([a-z0-9-]+):(.+)$/;

const refused = (reason: string): ImportOutcome => ({ kind: 'refused', reason });

/** Times of the older systems carry no zone: they count as UTC. */
function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const zoned = /(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(text.slice(10)) ? text : `${text.replace(' ', 'T')}Z`;
  const time = new Date(zoned);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

async function keepOne(queries: Queries, person: ImportedPerson): Promise<ImportOutcome> {
  const { id: idhash, providerId, name, email } = person;
  if (idhash === undefined || !IDHASH.test(idhash)) return refused('its id is not 32 hexadecimal digits');
  const [, provider, subject] = PROVIDER_ID.exec(providerId ?? '') ?? [];
  if (provider === undefined || subject === undefined) return refused('its provider id is not provider:id');
  if (email !== undefined && !emailSchema.safeParse(email).success)
    return refused('its e-mail address is none');
  const joinDate = timeOf(person.joinDate);
  if (person.joinDate !== undefined && joinDate === undefined) return refused('its join date is none');
  const [sameId, sameIdentity] = [
    await queries.user.findUnique({ where: { idhash }, select: { id: true } }),
    await queries.identity.findUnique({ where: { provider_subject: { provider, subject } } }),
  ];
  if (sameId !== null && sameIdentity?.userId === sameId.id) return { kind: 'already there' };
  if (sameId !== null) return refused(`another person has the id ${idhash}`);
  if (sameIdentity !== null) return refused(`another person signs in as ${provider}:${subject}`);
  const id = randomUUID();
  const username = await chooseUsername(queries, person.username ?? email ?? name ?? '');
  await queries.user.create({
    data: {
      ...{
        id,
        idhash,
        username,
        name: name ?? null,
        email: email ?? null,
        avatarUrl: person.avatarUrl ?? null,
      },
      ...(joinDate === undefined ? {} : { joinDate }),
      roles: { create: [{ role: ROLE }] },
      identities: { create: { provider, subject } },
    },
  });
  const details = { provider, username };
  await writeAudit(queries, { actor: null }, { action: 'user.imported', target: id, details });
  return { kind: 'imported', username };
}

/** Thrown to undo what a dry run did. */
class DryRun extends Error {
  readonly outcome: ImportOutcome;

  constructor(outcome: ImportOutcome) {
    super('dry run');
    this.outcome = outcome;
  }
}

export function createImportStore(database: Database): ImportStore {
  return {
    keep: (person, { dryRun }) =>
      database
        .$transaction(async (queries) => {
          await lockUsers(queries);
          const outcome = await keepOne(queries, person);
          if (dryRun) throw new DryRun(outcome);
          return outcome;
        })
        .catch((error: unknown) => {
          if (error instanceof DryRun) return error.outcome;
          throw error;
        }),
  };
}
