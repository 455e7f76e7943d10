import { ProblemError, problem } from '@flyloft/common';
import { letterOf } from '../links/recovery-link.ts';
import type { SignInStore } from '../sign-in/sign-in-store.ts';
import type { Delivery, Directory, PersonToMake, Recovery } from '../users/directory.ts';
import { createLocalDirectory, type DirectoryParts } from '../users/local-directory.ts';
import { NEW_USER_ROLE, type User } from '../users/user.ts';
import { type Actor, refuseHigher } from '../users/user-administration.ts';
import type { KratosIdentity } from './answers.ts';
import { createImport } from './import-identities.ts';
import type { Kratos } from './kratos.ts';
import type { KratosStore } from './kratos-store.ts';
import { KRATOS, profileOf } from './profile.ts';

export interface KratosDirectoryParts extends DirectoryParts {
  readonly signIns: Pick<SignInStore, 'enter'>;
  readonly kratos: { readonly kratos: Kratos; readonly store: KratosStore };
}

const DAY_MILLISECONDS = 86_400_000;

/** @throws {ProblemError} 400 before anything is made. */
async function refuseUnknownRoles({ people }: DirectoryParts, roles: readonly string[]): Promise<void> {
  const known = (await people.roles()).map(({ name }) => name);
  const unknown = roles.filter((role) => !known.includes(role));
  if (unknown.length === 0) return;
  const detail = `There is no role "${unknown.join('", "')}"`;
  throw problem('invalid_parameter', detail, { errors: [{ pointer: '/roles', detail }] });
}

/** Our person of an identity that was just made; without one the identity goes again. */
async function adopt(
  { signIns, people, users, now, kratos }: KratosDirectoryParts,
  identity: KratosIdentity,
  { email, roles }: PersonToMake,
  actor: Actor,
): Promise<User> {
  const given = { ...profileOf(identity), email: { address: email, verified: false } };
  const context = { requestId: actor.requestId ?? '', vouchedBy: actor.actor };
  let id: string | undefined;
  try {
    id = await signIns.enter(KRATOS, given, true, context);
    const isPlain = roles.length === 1 && roles[0] === NEW_USER_ROLE;
    if (id !== undefined && !isPlain) return await people.setRoles(id, [...new Set(roles)], actor);
    const user = id === undefined ? undefined : await users.find(id);
    if (user === undefined) throw problem('not_found', 'The person was deleted at the same time');
    return user;
  } catch (error) {
    if (id === undefined) await kratos.kratos.deleteIdentity(identity.id).catch(() => undefined);
    // Kratos is told in its own time.
    else await people.remove(id, now(), actor).catch(() => undefined);
    throw error;
  }
}

/** People whom Ory Kratos keeps: made, recovered and changed by its admin API (auth.md A4). */
export function createKratosDirectory(parts: KratosDirectoryParts): Directory {
  const { people, users, now } = parts;
  const { kratos, store } = parts.kratos;
  const local = createLocalDirectory(parts);

  const deliver = async (
    identityId: string,
    email: string | null,
    { delivery, by }: { readonly delivery: Delivery; readonly by: 'link' | 'code' },
    occasion: 'invitation' | 'recovery',
  ): Promise<Recovery> => {
    // Refused before anything is made at Kratos.
    const mail = delivery === 'mail' ? letterOf(parts, email, occasion) : undefined;
    const made = await kratos.recovery(identityId, by);
    const expiresAt = made.expiresAt ?? new Date(now().getTime() + DAY_MILLISECONDS);
    await mail?.(made.code === null ? made.url : `${made.url}\nThe code is ${made.code}`);
    return mail ? { url: null, code: null, expiresAt } : { url: made.url, code: made.code, expiresAt };
  };
  return {
    create: async (person, delivery, actor) => {
      const { email, name, password, roles } = person;
      await refuseUnknownRoles(parts, roles);
      if (delivery === 'mail') letterOf(parts, email, 'invitation');
      const identity = await kratos.createIdentity({ email, name, password });
      const user = await adopt(parts, identity, person, actor);
      if (delivery === undefined) return { user, recovery: undefined };
      const wanted = { delivery, by: 'link' as const };
      try {
        return { user, recovery: await deliver(identity.id, email, wanted, 'invitation') };
      } catch (error) {
        // The person is there; a link can be asked for again.
        if (!(error instanceof ProblemError)) throw error;
        return { user, recovery: { url: null, code: null, expiresAt: now() } };
      }
    },
    recover: async (user, wanted, actor) => {
      const identityId = await store.identityOf(user.id);
      if (identityId === undefined) return local.recover(user, wanted, actor);
      const recovery = await deliver(identityId, user.email, wanted, 'recovery');
      await store.record(
        { action: 'link.created', target: user.id, details: { purpose: 'recovery' } },
        actor,
      );
      return recovery;
    },
    change: async (id, change, actor) => {
      const user = await users.find(id);
      const identityId = change.email === undefined ? undefined : await store.identityOf(id);
      if (
        user === undefined ||
        identityId === undefined ||
        change.email === undefined ||
        change.email === user.email
      ) {
        return people.change(id, change, actor);
      }
      refuseHigher(user, actor);
      await kratos.changeEmail(identityId, change.email);
      try {
        return await people.change(id, change, actor);
      } catch (error) {
        // All of a change, or nothing of it.
        if (user.email !== null) await kratos.changeEmail(identityId, user.email).catch(() => undefined);
        throw error;
      }
    },
    keepsPasswordElsewhere: async ({ id }) => (await store.identityOf(id)) !== undefined,
    refresh: createImport({ kratos, store, signIns: parts.signIns, now }),
  };
}
