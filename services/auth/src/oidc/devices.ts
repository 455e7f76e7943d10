import type Provider from 'oidc-provider';
import type { AdapterPayload, DeviceCode } from 'oidc-provider';
import type { Client } from '../clients/client-store.ts';
import type { SecretBox } from '../keys/secret-box.ts';
import type { LiveSession } from '../sessions/session.ts';
import { accessOf, mayEnter } from './access.ts';
import { recordOf } from './adapter.ts';
import type { OidcDependencies } from './dependencies.ts';
import { saveGrant } from './grants.ts';
import { resourceServer } from './resources.ts';
import { SCOPES, scopeNames, type WantedScopes } from './scopes.ts';

/** A device that waits for somebody to let it in (RFC 8628). */
export interface WaitingDevice {
  readonly code: DeviceCode;
  readonly client: Client;
  readonly wanted: WantedScopes;
}

export interface Devices {
  /** Undefined for a code that is unknown, over, or was answered. However it is written. */
  readonly find: (userCode: string) => Promise<WaitingDevice | undefined>;
  /** False when somebody else was faster, or it took too long. */
  readonly decide: (device: WaitingDevice, session: LiveSession, allowed: boolean) => Promise<boolean>;
  /** Whether the person may enter the application that the device belongs to. */
  readonly mayEnter: (device: WaitingDevice, session: LiveSession) => Promise<boolean>;
}

interface DeviceDependencies extends OidcDependencies {
  readonly box: SecretBox;
  readonly provider: () => Provider;
}

interface Storable {
  readonly getValueAndPayload: () => Promise<{ readonly payload: AdapterPayload }>;
}

const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : value ? [String(value)] : [];

export function createDevices(deps: DeviceDependencies): Devices {
  const wantedOf = ({ params = {} }: DeviceCode): WantedScopes => {
    const asked = String(params.scope ?? '').split(' ');
    const resources = listOf(params.resource).map((resource) => {
      const known = new Set(resourceServer(resource, deps.services).scope.split(' '));
      return [resource, asked.filter((scope) => known.has(scope))] as const;
    });
    return {
      openid: asked.filter((scope) => SCOPES.includes(scope)),
      resources: Object.fromEntries(resources),
    };
  };
  const allow = async ({ code, client, wanted }: WaitingDevice, session: LiveSession) => {
    const { id } = session.user;
    await deps.consents.add(id, client.id, scopeNames(wanted), { actor: id });
    const grant = await saveGrant(deps.provider(), deps, { clientId: client.id, session, wanted });
    const resources = Object.keys(wanted.resources);
    Object.assign(code, {
      ...{ accountId: id, grantId: grant.jti },
      authTime: Math.floor(session.authenticatedAt.getTime() / 1000),
      scope: [...new Set([...wanted.openid, ...Object.values(wanted.resources).flat()])].join(' '),
      ...(resources.length === 0 ? {} : { resource: resources.length === 1 ? resources[0] : resources }),
    });
  };
  return {
    find: async (userCode) => {
      const normalised = userCode.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
      const code = await deps.provider().DeviceCode.findByUserCode(normalised);
      if (code === undefined || code.error || code.accountId || !code.clientId) return undefined;
      const client = await deps.clients.find(code.clientId);
      return client && { code, client, wanted: wantedOf(code) };
    },
    mayEnter: async ({ client }, session) =>
      mayEnter(await accessOf(deps.apps, client.metadata.app ?? undefined, session.user)),
    decide: async (device, session, allowed) => {
      const { code } = device;
      if (allowed) await allow(device, session);
      else Object.assign(code, { error: 'access_denied', errorDescription: 'the person said no' });
      // How the provider makes a row of a model; its types keep silent about it.
      const { getValueAndPayload } = code as unknown as Storable;
      const { payload } = await getValueAndPayload.call(code);
      const record = recordOf('DeviceCode', code.jti, payload, code.remainingTTL, deps.box);
      // The person's, also when they say no: one answer is all there is.
      return deps.records.decide({ ...record, userId: session.user.id });
    },
  };
}
