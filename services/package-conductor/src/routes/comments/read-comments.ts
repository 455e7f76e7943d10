import type { Registry } from '@flyloft/registry';
import { type Endpoint, validate } from '@flyloft/service-kit';
import { z } from 'zod';
import { commentSchema, toCommentBody } from '../../comments/comment-answers.ts';
import { visibleComment } from '../../comments/visible-comment.ts';
import { READ_ANSWERS } from '../../http/common-answers.ts';
import { type Credentials, personOf } from '../../http/credentials.ts';
import { pagedSchema, pagingSchema } from '../../http/paging.ts';
import { visiblePackage } from '../../packages/visible-package.ts';

export interface ReadCommentsDependencies {
  readonly credentials: Credentials;
  readonly registry: Registry;
}

const REFUSALS = {
  401: { description: 'The token is not good' },
  404: { description: 'There is none, or not for the caller' },
};

/** GET `/packages/{id}/comments`, and GET `/packages/comments/{comment}` for one by its id alone (auth.md A5). */
export function readCommentsEndpoints({ credentials, registry }: ReadCommentsDependencies): Endpoint[] {
  const shared = { method: 'get', tag: 'comments', secured: true } as const;
  return [
    {
      ...{
        ...shared,
        path: '/packages/:id/comments',
        summary: 'The comments on a package, the oldest first',
      },
      request: { params: z.object({ id: z.string() }), query: pagingSchema },
      answers: {
        ...READ_ANSWERS,
        200: { description: 'A page of comments', schema: pagedSchema(commentSchema) },
        400: { description: 'A parameter is not valid' },
        ...REFUSALS,
      },
      handlers: [
        credentials.mayShow,
        async (req, res) => {
          const { page, per_page } = validate(pagingSchema, req.query, 'parameters');
          const person = personOf(res);
          const { id } = await visiblePackage(registry, String(req.params.id), person);
          const shown = { viewer: person?.userid, all: person?.isModerator === true };
          const { items, total } = await registry.comments(id, shown, { page, perPage: per_page });
          res.set('Cache-Control', 'private, no-cache');
          res.json({ data: items.map(toCommentBody), page, per_page, total });
        },
      ],
    },
    {
      ...{ ...shared, path: '/packages/comments/:comment', summary: 'One comment' },
      request: {
        params: z.object({ comment: z.string() }),
        query: z.object({ jwt: z.string().optional() }),
      },
      answers: { ...READ_ANSWERS, 200: { description: 'The comment', schema: commentSchema }, ...REFUSALS },
      handlers: [
        credentials.mayShow,
        async (req, res) => {
          const comment = await visibleComment(registry, String(req.params.comment), personOf(res));
          res.set('Cache-Control', 'private, no-cache').json(toCommentBody(comment));
        },
      ],
    },
  ];
}
