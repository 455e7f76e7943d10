import { problem } from '@flyloft/common';
import { z } from 'zod';
import {
  identitySchema,
  type KratosIdentity,
  listedSessionSchema,
  recoveryLinkSchema,
  refusalSchema,
} from './answers.ts';
import type { Kratos, NewIdentity } from './kratos.ts';
import { type KratosAnswer, kratosFailed, read, type SendToKratos } from './requests.ts';

const IDENTITIES = '/admin/identities';
const PER_PAGE = 100;
/** Of one person; who has more is not checked. */
const MOST_SESSIONS = 250;
const RECOVERY_LIFE = '24h';

type AdminSide = Omit<Kratos, 'whoami' | 'flow' | 'error' | 'logoutAddress'>;

/** Why Kratos did not do it, in its own words; a person of ours was to be made or changed. */
function refused({ status, json }: KratosAnswer): Error {
  const reason = refusalSchema.safeParse(json).data?.error.reason ?? '';
  if (status === 409) return problem('conflict', 'Ory Kratos has somebody with this e-mail address already');
  if (status === 404) return problem('not_found', 'Ory Kratos knows this person no longer');
  if (status === 400) {
    return problem(
      'bad_request',
      `Ory Kratos does not take this: ${reason.slice(0, 500) || 'it did not say why'}`,
    );
  }
  return kratosFailed(new Error(`Kratos answered ${status}`));
}

/** The token of the page after this one: `<…?page_token=…>; rel="next"` (RFC 8288). */
function nextPage(headers: Headers): string | undefined {
  const links = headers.get('link') ?? '';
  const target = /<([^>]*)>\s*;[^,]*rel="?next"?/.exec(links)?.[1];
  if (target === undefined || !URL.canParse(target, 'http://kratos')) return undefined;
  return new URL(target, 'http://kratos').searchParams.get('page_token') ?? undefined;
}

function bodyOf({ email, name, password }: NewIdentity, schemaId: string) {
  const credentials = { password: { config: { password } } };
  return {
    ...{ schema_id: schemaId, state: 'active', traits: { email, ...(name ? { name } : {}) } },
    ...(password === undefined ? {} : { credentials }),
  };
}

/** Kratos' admin API. */
export function createAdminClient(send: SendToKratos, schemaId: string): AdminSide {
  const at = (id: string, rest = '') => `${IDENTITIES}/${encodeURIComponent(id)}${rest}`;
  const remove = async (path: string) => {
    const answer = await send({ method: 'DELETE', path });
    // Gone already is as good as done.
    if (![200, 204, 404].includes(answer.status)) throw refused(answer);
  };
  return {
    identities: async (pageToken) => {
      const query = { page_size: String(PER_PAGE), ...(pageToken ? { page_token: pageToken } : {}) };
      const answer = await send({ path: IDENTITIES, query });
      if (answer.status !== 200) throw refused(answer);
      return { identities: read(z.array(identitySchema), answer.json), next: nextPage(answer.headers) };
    },
    createIdentity: async (person): Promise<KratosIdentity> => {
      const answer = await send({ method: 'POST', path: IDENTITIES, body: bodyOf(person, schemaId) });
      if (answer.status !== 201) throw refused(answer);
      return read(identitySchema, answer.json);
    },
    changeEmail: async (id, email) => {
      const body = [{ op: 'replace', path: '/traits/email', value: email }];
      const answer = await send({ method: 'PATCH', path: at(id), body });
      if (answer.status !== 200) throw refused(answer);
    },
    deleteIdentity: (id) => remove(at(id)),
    activeSessions: async (id) => {
      const query = { active: 'true', page_size: String(MOST_SESSIONS) };
      const answer = await send({ path: at(id, '/sessions'), query });
      if (answer.status === 404) return new Set();
      if (answer.status !== 200) throw refused(answer);
      // none at all is `null` in some versions
      const sessions = read(z.array(listedSessionSchema), answer.json ?? []);
      if (sessions.length >= MOST_SESSIONS) return undefined;
      return new Set(sessions.filter(({ active }) => active).map((session) => session.id));
    },
    endSessions: (id) => remove(at(id, '/sessions')),
    endSession: (id) => remove(`/admin/sessions/${encodeURIComponent(id)}`),
    recovery: async (id, by) => {
      const body = { identity_id: id, expires_in: RECOVERY_LIFE };
      const answer = await send({ method: 'POST', path: `/admin/recovery/${by}`, body });
      if (![200, 201].includes(answer.status)) throw refused(answer);
      const {
        recovery_link: url,
        recovery_code: code,
        expires_at: expiresAt,
      } = read(recoveryLinkSchema, answer.json);
      return { url, code: code ?? null, expiresAt };
    },
  };
}
