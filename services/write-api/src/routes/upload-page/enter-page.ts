import { problem } from '@flyloft/common';
import type { DataSet, DataSets } from '@flyloft/data-sets';
import type { RequestHandler, Response } from 'express';
import type { Session, SignIn } from '../../sign-in/sign-in.ts';
import { isDataSetName } from '../data/enter.ts';

export interface Visit {
  readonly session: Session;
  readonly dataSet: DataSet;
}

export function visitOf(res: Response): Visit {
  // set by enterPage alone
  return res.locals.visit as Visit;
}

/** Lets in people who are signed in and may upload; sends others to sign in. */
export function enterPage({ catalogue }: DataSets, signIn: SignIn): RequestHandler {
  return async (req, res, next) => {
    const { data_set_name: name } = req.params;
    if (typeof name !== 'string' || !isDataSetName(name)) throw problem('not_found');
    const session = await signIn.session(req);
    if (session === undefined) {
      res
        .set('Cache-Control', 'no-store')
        .redirect(`/_user/sign_in?next=${encodeURIComponent(`/${name}/upload`)}`);
      return;
    }
    if (!session.mayUpload) {
      throw problem('permission_denied', 'You are signed in, but you may not upload. Ask an administrator');
    }
    const dataSet = await catalogue.findByName(name);
    if (dataSet === undefined) throw problem('not_found', 'There is no data set of this name');
    res.locals.visit = { session, dataSet } satisfies Visit;
    next();
  };
}
