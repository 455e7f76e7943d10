import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { plainText } from '../../plain-text.ts';
import { SUSPENDED_ROLE } from '../../users/user.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf, personId } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import type { PeopleDependencies } from './list-users.ts';
import { requireRight } from './require-right.ts';
import { userAnswer, userSchema } from './user-answer.ts';

export const rolesBodySchema = z.strictObject({
  roles: z
    .array(plainText(100))
    .max(20)
    .refine((roles) => !roles.includes(SUSPENDED_ROLE), 'suspend with POST /admin/users/{id}/suspension')
    .describe('All of them; none at all may do nothing'),
});

/** PUT `/admin/users/:id/roles` (auth.md A7.8). */
export function setRolesEndpoint({ sources, people, now }: PeopleDependencies): Endpoint {
  const handler: RequestHandler = async (req, res) => {
    const { roles } = validate(rolesBodySchema, req.body, 'body');
    const user = await people.setRoles(personId(req), [...new Set(roles)], actorOf(res));
    res.json(userAnswer(user, now()));
  };
  return {
    ...{ method: 'put', path: '/admin/users/:id/roles', tag: 'administration', secured: true },
    summary: 'Give and take roles',
    request: { params: z.object({ id: z.string() }), body: { schema: rolesBodySchema } },
    answers: {
      200: { description: 'The person', schema: userSchema },
      ...adminErrors,
      404: { description: 'No person has this id' },
      409: { description: 'The last administrator stays one' },
    },
    handlers: [noStore, requireRight(sources, { all: ['user:assign-roles:any'] }), ...jsonBody, handler],
  };
}
