import { problem } from '@flyloft/common';
import { requestIdOf } from '@flyloft/service-kit';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { isAdministrator } from '../../users/user.ts';
import type { Actor } from '../../users/user-administration.ts';
import { holderOf } from './require-right.ts';

const uuid = z.uuid();

/** Who acts, for the audit log and for what only administrators may do. */
export function actorOf(res: Response): Actor {
  const { user } = holderOf(res);
  return { actor: user.id, requestId: requestIdOf(res), isAdministrator: isAdministrator(user) };
}

/**
 * The `:id` of a path, when it can be an id at all.
 * @throws {ProblemError} 404, as for an id that nothing has.
 */
export function idOf(req: Request, unknown: string): string {
  const id = uuid.safeParse(req.params.id);
  if (!id.success) throw problem('not_found', unknown);
  return id.data;
}

/** The same where it is a person's. @throws {ProblemError} 404. */
export function personId(req: Request): string {
  return idOf(req, 'No person has this id');
}
