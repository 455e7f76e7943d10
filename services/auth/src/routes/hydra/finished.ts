import { problem } from '@flyloft/common';
import type { Request, RequestHandler, Response } from 'express';
import { FinishedChallenge } from '../../hydra/hydra.ts';

/** Sends the browser on; after a form with GET (RFC 9110 15.4.4). */
export function sendOn(req: Request, res: Response, address: string): void {
  res.redirect(req.method === 'POST' ? 303 : 302, address);
}

/** A handler for whose challenge the application's request begins again when it was finished before (L3, L12). */
export function orBeginAgain(
  publicOrigin: string,
  handler: (req: Request, res: Response) => Promise<void>,
): RequestHandler {
  return async (req, res) => {
    try {
      await handler(req, res);
    } catch (error) {
      if (!(error instanceof FinishedChallenge)) throw error;
      // Nowhere but to Hydra: what stands in the request is not ours.
      const isHydra = URL.canParse(error.restartAt) && new URL(error.restartAt).origin === publicOrigin;
      if (isHydra) return sendOn(req, res, error.restartAt);
      throw problem('link_used', 'This was answered already. Go back to the application.');
    }
  };
}

/** What every page of Hydra's may answer when Hydra does not go along (L2–L5). */
export const HYDRA_ANSWERS = {
  ...{ 404: 'Hydra knows no such request', 410: 'The request has expired' },
  502: 'Hydra does not answer as it should',
};
