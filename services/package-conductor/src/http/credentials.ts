import {
  findToken,
  hasPermission,
  ProblemError,
  type TokenPlace,
  type TokenVerifier,
  type UserTokenVerifier,
  unauthorized,
} from '@flyloft/common';
import type { Request, RequestHandler, Response } from 'express';
import { type ApiKey, useridOfKey } from './api-keys.ts';

/** Where clients of the datastore put their tokens (packages.md A6). */
const PLACES: readonly TokenPlace[] = ['auth-token', 'authorization', 'jwt'];

/** Who asks, as a token or a key of the datastore says. */
export interface Person {
  readonly userid: string;
  readonly mayUpload: boolean;
  /** May act for any owner. */
  readonly isAdministrator: boolean;
  /** Keeps order among comments. */
  readonly isModerator: boolean;
}

/** What `/package/*` tells apart: nothing shown, something that is not good, or a person. */
export type Caller =
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly error: ProblemError }
  | { readonly kind: 'known'; readonly person: Person };

export interface CredentialsOptions {
  readonly verifier: TokenVerifier;
  /** For `/search`, which takes tokens of both kinds. */
  readonly userVerifier: UserTokenVerifier;
  readonly apiKeys: readonly ApiKey[];
}

export interface Credentials {
  /** By key or token, for endpoints whose kept contract answers bad ones with 200. Faults of ours are thrown. */
  callerOf(req: Request): Promise<Caller>;
  /** A key or a token must be shown: 401 otherwise. */
  readonly need: RequestHandler;
  /** A token must be shown; keys are for the older endpoints alone. */
  readonly needToken: RequestHandler;
  /** A token may be shown; a bad one is 401 all the same. */
  readonly mayShow: RequestHandler;
  /** Whose view a search has: by a token of either kind; a bad one counts as none (packages.md 1.1). */
  viewerOf(req: Request): Promise<string | undefined>;
}

/** Who was let in by `need`, `needToken` or `mayShow`; undefined for a stranger. */
export function personOf(res: Response): Person | undefined {
  // set by the handlers below alone
  return res.locals.person as Person | undefined;
}

/** Behind `need` and `needToken`. */
export function knownPerson(res: Response): Person {
  const person = personOf(res);
  if (person === undefined) throw unauthorized('token_missing');
  return person;
}

/** Their own things, or anybody's for an administrator. */
export function mayActFor(person: Person | undefined, owner: string): boolean {
  return person !== undefined && (person.userid === owner || person.isAdministrator);
}

const isRefusal = (error: unknown): error is ProblemError =>
  error instanceof ProblemError && error.status === 401;

export function createCredentials({ verifier, userVerifier, apiKeys }: CredentialsOptions): Credentials {
  const personOfToken = async (token: string): Promise<Person> => {
    const claims = await verifier.verify(token);
    return {
      userid: claims.userid,
      mayUpload: hasPermission(claims, 'datapackage-upload'),
      isAdministrator: hasPermission(claims, 'admin'),
      isModerator: hasPermission(claims, 'admin') || hasPermission(claims, 'moderate'),
    };
  };
  const byToken = async (req: Request): Promise<Person | undefined> => {
    const token = findToken(req, PLACES);
    return token === undefined ? undefined : personOfToken(token);
  };
  const byKeyOrToken = async (req: Request): Promise<Person | undefined> => {
    const key = req.get('api-key');
    if (key === undefined || key === '') return byToken(req);
    const userid = useridOfKey(apiKeys, key);
    if (userid === undefined) throw unauthorized('token_invalid', 'The API-Key is not known');
    return { userid, mayUpload: true, isAdministrator: false, isModerator: false };
  };
  const enter =
    (find: (req: Request) => Promise<Person | undefined>, optional: boolean): RequestHandler =>
    async (req, res, next) => {
      const person = await find(req);
      if (person === undefined && !optional) throw unauthorized('token_missing');
      res.locals.person = person;
      next();
    };
  return {
    callerOf: async (req) => {
      try {
        const person = await byKeyOrToken(req);
        return person === undefined ? { kind: 'missing' } : { kind: 'known', person };
      } catch (error) {
        if (isRefusal(error)) return { kind: 'refused', error };
        throw error;
      }
    },
    need: enter(byKeyOrToken, false),
    needToken: enter(byToken, false),
    mayShow: enter(byToken, true),
    viewerOf: async (req) => {
      try {
        const token = findToken(req, PLACES);
        if (token === undefined) return undefined;
        const service = await personOfToken(token).catch((error: unknown) => {
          if (isRefusal(error)) return undefined;
          throw error;
        });
        return (service ?? (await userVerifier.verify(token))).userid;
      } catch (error) {
        if (isRefusal(error)) return undefined;
        throw error;
      }
    },
  };
}
