import type { AppStore } from '../apps/app-store.ts';
import { hashOfSecret, randomSecret } from '../random-secret.ts';
import type { SignInDependencies } from '../sign-in/sign-in-service.ts';
import { hashOfChallenge } from './challenge.ts';
import { FinishedChallenge, type Hydra } from './hydra.ts';
import type { HydraStore } from './hydra-store.ts';

/** What an operator says about Hydra. */
export interface HydraMode {
  readonly hydra: Hydra;
  /** The origin of `HYDRA_PUBLIC_URL`. */
  readonly publicOrigin: string;
  /** How long Hydra takes a challenge: `ttl.login_consent_request` there. */
  readonly requestSeconds: number;
  readonly allowUnknownApps: boolean;
  /** What Hydra shows when it asks for the claims of a new token; undefined: it does not ask. */
  readonly hookKey: string | undefined;
}

/** What the pages work with that Hydra sends people to. */
export interface HydraDependencies extends SignInDependencies, HydraMode {
  readonly hydraStore: HydraStore;
  readonly apps: Pick<AppStore, 'find' | 'roleGiven'>;
}

/** A challenge, and when this browser came with it. */
export interface OpenFlow {
  readonly challenge: string;
  readonly begunAt: Date;
  /** What our own addresses and forms name it by; undefined until somebody has to sign in. */
  readonly reference: string | undefined;
}

type StoreDependencies = Pick<HydraDependencies, 'hydraStore' | 'requestSeconds' | 'now'>;

/** What finds the challenge that somebody is on the way with. */
export type OpenFlows = StoreDependencies & Pick<HydraDependencies, 'box'>;

const expiry = ({ now, requestSeconds }: StoreDependencies) =>
  new Date(now().getTime() + requestSeconds * 1000);

/** Keeps a challenge while somebody signs in; answers what names it, which only this browser can use. */
export async function keepFlow(
  deps: OpenFlows,
  { challenge, begunAt, reference: kept }: OpenFlow,
  browserHash: Uint8Array<ArrayBuffer>,
): Promise<string> {
  if (kept !== undefined) return kept;
  const reference = randomSecret();
  const flow = {
    ...{ referenceHash: hashOfSecret(reference), browserHash, begunAt, expiresAt: expiry(deps) },
    sealedChallenge: deps.box.seal(Buffer.from(challenge), reference),
  };
  await deps.hydraStore.keepFlow(flow, deps.now());
  return reference;
}

/** The challenge that a reference names; undefined when it is over, or another browser's. */
export async function findFlow(
  deps: OpenFlows,
  reference: string,
  browserHash: Uint8Array<ArrayBuffer>,
): Promise<OpenFlow | undefined> {
  const flow = await deps.hydraStore.findFlow(hashOfSecret(reference), browserHash, deps.now());
  if (flow === undefined) return undefined;
  const challenge = Buffer.from(deps.box.open(flow.sealedChallenge, reference)).toString();
  return { challenge, begunAt: flow.begunAt, reference };
}

/**
 * Finishes a challenge, once: Hydra itself would take it again and again (auth.md A7.12). When it could not
 * be finished it may be tried again.
 * @throws {FinishedChallenge} when it was finished before, with where to begin again.
 */
export async function finishOnce<T>(
  deps: StoreDependencies,
  challenge: string,
  restartAt: string,
  finish: () => Promise<T>,
): Promise<T> {
  const hash = hashOfChallenge(challenge);
  if (!(await deps.hydraStore.finish(hash, expiry(deps), deps.now()))) throw new FinishedChallenge(restartAt);
  try {
    return await finish();
  } catch (error) {
    if (!(error instanceof FinishedChallenge)) await deps.hydraStore.reopen(hash);
    throw error;
  }
}
