import { createHash, randomInt } from 'node:crypto';
import { generateSecret, generateURI, verify } from 'otplib';
import type { SecretBox } from '../keys/secret-box.ts';

/** A second factor as it is kept. */
export interface StoredFactor {
  readonly sealedSecret: Uint8Array;
  readonly confirmedAt: Date | null;
  readonly lastStep: number;
  readonly recoveryCodes: number;
}

export interface SecondFactorStore {
  readonly find: (userId: string) => Promise<StoredFactor | undefined>;
  /** Keeps a secret until it is confirmed; takes the place of one that was not. */
  readonly begin: (userId: string, sealedSecret: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** False when it is confirmed already. */
  readonly confirm: (
    userId: string,
    step: number,
    recoveryHashes: readonly Uint8Array<ArrayBuffer>[],
    now: Date,
    requestId: string,
  ) => Promise<boolean>;
  /** Takes a time step, once: false when it, or a later one, was taken before. */
  readonly takeStep: (userId: string, step: number) => Promise<boolean>;
  readonly takeRecoveryCode: (userId: string, hash: Uint8Array<ArrayBuffer>) => Promise<boolean>;
  readonly remove: (userId: string, requestId: string) => Promise<void>;
}

const PERIOD_SECONDS = 30;
const RECOVERY_CODES = 10;
// Without letters that look alike; 12 of 31 are 59 bits, far beyond what a limit of attempts lets through.
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 3;
const GROUP_LENGTH = 4;

function hashOfRecoveryCode(code: string): Uint8Array<ArrayBuffer> {
  const letters = code.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return new Uint8Array(createHash('sha256').update(letters).digest());
}

function recoveryCode(): string {
  const group = () =>
    Array.from({ length: GROUP_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

export interface SecondFactors {
  /** True when the person has a confirmed one. */
  readonly isOn: (userId: string) => Promise<boolean>;
  readonly recoveryCodesLeft: (userId: string) => Promise<number>;
  /** A new secret, to be shown until the first code confirms it. */
  readonly begin: (userId: string, label: string) => Promise<{ secret: string; uri: string }>;
  /** What was begun and is not confirmed, to be shown again. */
  readonly pending: (userId: string, label: string) => Promise<{ secret: string; uri: string } | undefined>;
  /** The recovery codes, shown this once; undefined when the code is wrong. */
  readonly confirm: (
    userId: string,
    code: string,
    requestId: string,
  ) => Promise<readonly string[] | undefined>;
  /** Takes a code of the app or a recovery code; each works once. */
  readonly check: (userId: string, code: string) => Promise<boolean>;
  readonly remove: (userId: string, requestId: string) => Promise<void>;
}

/** Time-based one-time passwords (RFC 6238), the step before and after the current one included. */
export function createSecondFactors(
  store: SecondFactorStore,
  box: SecretBox,
  now: () => Date,
): SecondFactors {
  const open = (factor: StoredFactor, userId: string) =>
    Buffer.from(box.open(factor.sealedSecret, userId)).toString();
  const stepOf = async (secret: string, code: string): Promise<number | undefined> => {
    const token = code.replaceAll(/\s/g, '');
    if (!/^\d{6}$/.test(token)) return undefined;
    const epoch = Math.floor(now().getTime() / 1000);
    const result = await verify({ secret, token, epoch, epochTolerance: PERIOD_SECONDS });
    return result.valid ? Math.floor(epoch / PERIOD_SECONDS) + result.delta : undefined;
  };
  return {
    isOn: async (userId) => (await store.find(userId))?.confirmedAt != null,
    recoveryCodesLeft: async (userId) => (await store.find(userId))?.recoveryCodes ?? 0,
    begin: async (userId, label) => {
      const secret = generateSecret();
      await store.begin(userId, box.seal(Buffer.from(secret), userId));
      return { secret, uri: generateURI({ issuer: 'Flyloft', label, secret }) };
    },
    pending: async (userId, label) => {
      const factor = await store.find(userId);
      if (factor === undefined || factor.confirmedAt !== null) return undefined;
      const secret = open(factor, userId);
      return { secret, uri: generateURI({ issuer: 'Flyloft', label, secret }) };
    },
    confirm: async (userId, code, requestId) => {
      const factor = await store.find(userId);
      if (factor === undefined || factor.confirmedAt !== null) return undefined;
      const step = await stepOf(open(factor, userId), code);
      if (step === undefined) return undefined;
      const codes = Array.from({ length: RECOVERY_CODES }, recoveryCode);
      const confirmed = await store.confirm(userId, step, codes.map(hashOfRecoveryCode), now(), requestId);
      return confirmed ? codes : undefined;
    },
    check: async (userId, code) => {
      const factor = await store.find(userId);
      if (factor === undefined || factor.confirmedAt === null) return false;
      const step = await stepOf(open(factor, userId), code);
      if (step !== undefined) return store.takeStep(userId, step);
      return store.takeRecoveryCode(userId, hashOfRecoveryCode(code));
    },
    remove: (userId, requestId) => store.remove(userId, requestId),
  };
}
