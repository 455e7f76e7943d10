import { problem } from '@flyloft/common';
import type { Request } from 'express';
import { type Credentials, mayActFor, type Person } from '../http/credentials.ts';
import { requiredParameter } from '../http/parameters.ts';

/** A package id split into its owner, who is in the id: a stranger's answer needs no look into the registry. */
function ownerOf(id: string): string {
  return id.split(':', 1)[0] ?? '';
}

/** The package that a caller of `/package/*` wants to change, and who they are. */
export interface Asked {
  readonly id: string;
  readonly owner: string;
  readonly person: Person;
}

/**
 * Who asks for what. Undefined when the token is not good or the package not theirs: the kept contract
 * answers `null` then (packages.md 1.1).
 * @throws {ProblemError} 403 without any token, tested first; 400 without an `id`.
 */
export async function askedPackage(
  req: Request,
  credentials: Credentials,
  checkParameters: () => void = () => undefined,
): Promise<Asked | undefined> {
  const caller = await credentials.callerOf(req);
  if (caller.kind === 'missing') throw problem('permission_denied', 'The parameter "jwt" is missing');
  checkParameters();
  const id = requiredParameter(req, 'id');
  const owner = ownerOf(id);
  if (caller.kind === 'refused' || !mayActFor(caller.person, owner)) return undefined;
  return { id, owner, person: caller.person };
}
