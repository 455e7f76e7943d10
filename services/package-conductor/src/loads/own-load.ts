import { problem } from '@flyloft/common';
import type { Load, Registry } from '@flyloft/registry';
import type { Request, Response } from 'express';
import { type Credentials, mayActFor, personOf } from '../http/credentials.ts';
import type { LoadWatch } from './load-watch.ts';

export interface LoadsDependencies {
  readonly credentials: Credentials;
  readonly registry: Registry;
  readonly loadWatch: LoadWatch;
}

/** The load of `/loads/:id`, for whoever asked for it. @throws {ProblemError} 404, whatever the reason. */
export async function ownLoad(
  registry: Pick<Registry, 'findLoad'>,
  req: Request,
  res: Response,
): Promise<Load> {
  const load = await registry.findLoad(String(req.params.id));
  if (load === undefined || !mayActFor(personOf(res), load.requestedBy)) throw problem('not_found');
  return load;
}
