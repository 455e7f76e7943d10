import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { plainText } from '../../plain-text.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import type { Directory } from '../../users/directory.ts';
import type { UserAdministration } from '../../users/user-administration.ts';
import { pageAnswer, pageParameters, pageSchema } from '../paging.ts';
import { noStore } from '../request-parts.ts';
import { adminErrors } from './admin-errors.ts';
import { requireRight } from './require-right.ts';
import { userAnswer, userSchema } from './user-answer.ts';

export interface PeopleDependencies {
  readonly sources: HolderSources;
  readonly people: UserAdministration;
  readonly now: () => Date;
}

interface ListDependencies extends PeopleDependencies {
  readonly directory: Pick<Directory, 'refresh'>;
}

const querySchema = z.strictObject({
  ...pageParameters,
  q: plainText(200).optional().describe('Part of a name, username or e-mail address'),
  role: plainText(100).optional().describe('Who has this role'),
});

/** GET `/admin/users`. */
export function listUsersEndpoint({ sources, people, directory, now }: ListDependencies): Endpoint {
  const handler: RequestHandler = async (req, res) => {
    const query = validate(querySchema, req.query, 'parameters');
    await directory.refresh();
    const { entries, total } = await people.list({ text: query.q, role: query.role }, query);
    const at = now();
    res.json(
      pageAnswer(
        entries.map((user) => userAnswer(user, at)),
        total,
        query,
      ),
    );
  };
  return {
    ...{ method: 'get', path: '/admin/users', tag: 'administration', secured: true },
    summary: 'The people, by username',
    request: { query: querySchema },
    answers: { 200: { description: 'One page', schema: pageSchema(userSchema) }, ...adminErrors },
    handlers: [noStore, requireRight(sources, { all: ['user:read:any'] }), handler],
  };
}
