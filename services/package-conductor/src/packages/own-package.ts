import { problem } from '@flyloft/common';
import type { JsonObject } from '@flyloft/registry';
import type { Request, RequestHandler, Response } from 'express';
import { type Credentials, mayActFor, type Person } from '../http/credentials.ts';
import { requiredParameter } from '../http/parameters.ts';

/** A package id split into its owner, who is in the id: a stranger's answer needs no look into the registry. */
function ownerOf(id: string): string {
  return id.split(':', 1)[0] ?? '';
}

/** The package that a caller of `/package/*` wants to change, who they are, and what they sent besides. */
export interface Asked<T> {
  readonly id: string;
  readonly owner: string;
  readonly person: Person;
  readonly parameters: T;
}

export interface OwnPackageHandling<T> {
  readonly credentials: Credentials;
  /** Reads and checks what the request has besides `id`. @throws {ProblemError} */
  readonly read: (req: Request) => T;
  /** Whether that comes before a missing token; the old contract has both orders (packages.md 1.1). */
  readonly readsFirst?: boolean;
  /** The body of the answer; null as for a package that is not theirs. */
  readonly answer: (asked: Asked<T>, res: Response) => Promise<JsonObject | null>;
}

/**
 * A handler for one's own package. With a token that is not good, or for a package that is not theirs, the
 * kept contract answers `null` (packages.md 1.1); without any token 403, without an `id` 400.
 */
export function onOwnPackage<T>(handling: OwnPackageHandling<T>): RequestHandler {
  const { credentials, read, readsFirst = false, answer } = handling;
  return async (req, res) => {
    const early = readsFirst ? { parameters: read(req) } : undefined;
    const caller = await credentials.callerOf(req);
    if (caller.kind === 'missing') throw problem('permission_denied', 'The parameter "jwt" is missing');
    const { parameters } = early ?? { parameters: read(req) };
    const id = requiredParameter(req, 'id');
    const owner = ownerOf(id);
    const isTheirs = caller.kind !== 'refused' && mayActFor(caller.person, owner);
    res.json(isTheirs ? await answer({ id, owner, person: caller.person, parameters }, res) : null);
  };
}
