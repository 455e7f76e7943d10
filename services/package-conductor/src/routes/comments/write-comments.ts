import { type Moderation, problem } from '@flyloft/common';
import type { Registry } from '@flyloft/registry';
import {
  checkSameRequest,
  type Endpoint,
  type EventLimit,
  idempotencyHeaders,
  idempotencyKeyOf,
  markReplayed,
  sha256,
  validate,
} from '@flyloft/service-kit';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { auditActing } from '../../audit.ts';
import { commentBody, commentSchema, toCommentBody } from '../../comments/comment-answers.ts';
import { changeableComment } from '../../comments/visible-comment.ts';
import { BODY_ANSWERS } from '../../http/common-answers.ts';
import { type Credentials, knownPerson } from '../../http/credentials.ts';
import { jsonBody } from '../../http/json-body.ts';
import { visiblePackage } from '../../packages/visible-package.ts';

export interface WriteCommentsDependencies {
  readonly credentials: Credentials;
  readonly registry: Registry;
  readonly moderation: Pick<Moderation, 'refuseWords'>;
  /** Comments of one person. */
  readonly commentLimit: EventLimit;
}

/** The body's text. @throws {ProblemError} 400, also for words that are not allowed. */
function textOf(req: Request, moderation: Pick<Moderation, 'refuseWords'>): string {
  const { text } = validate(commentBody, req.body, 'body');
  moderation.refuseWords({ '/text': text });
  return text;
}

function create(dependencies: WriteCommentsDependencies): RequestHandler {
  const { registry, moderation, commentLimit } = dependencies;
  return async (req, res) => {
    const person = knownPerson(res);
    const { id } = await visiblePackage(registry, String(req.params.id), person);
    const text = textOf(req, moderation);
    const key = idempotencyKeyOf(req);
    await commentLimit.count(person.userid);
    const keyHash = key === undefined ? undefined : sha256(key);
    const outcome = await registry.createComment({ packageId: id, author: person.userid, text, keyHash });
    if (outcome.kind === 'no package') throw problem('not_found');
    const { comment } = outcome;
    if (outcome.kind === 'known') {
      checkSameRequest(comment.packageId === id && (comment.text === text || comment.editedAt !== undefined));
      markReplayed(res);
    }
    res.status(201).location(`/packages/comments/${comment.id}`).json(toCommentBody(comment));
  };
}

function change({ registry, moderation }: WriteCommentsDependencies): RequestHandler {
  return async (req, res) => {
    const person = knownPerson(res);
    const at = { packageId: String(req.params.id), id: String(req.params.comment) };
    const { id, author } = await changeableComment(registry, at, person);
    const text = textOf(req, moderation);
    const changed = await registry.changeComment(id, { text, editor: person.userid });
    if (changed === undefined) throw problem('not_found', 'There is no such comment');
    await auditActing(registry, person, { owner: author, action: 'comment.change', subject: id });
    res.json(toCommentBody(changed));
  };
}

function remove({ registry }: WriteCommentsDependencies): RequestHandler {
  return async (req, res) => {
    const person = knownPerson(res);
    const at = { packageId: String(req.params.id), id: String(req.params.comment) };
    const { id, author } = await changeableComment(registry, at, person);
    await registry.removeComment(id);
    await auditActing(registry, person, { owner: author, action: 'comment.delete', subject: id });
    res.status(204).end();
  };
}

/** POST, PATCH and DELETE of `/packages/{id}/comments` (auth.md A5). */
export function writeCommentsEndpoints(dependencies: WriteCommentsDependencies): Endpoint[] {
  const { needToken } = dependencies.credentials;
  const one = { path: '/packages/:id/comments/:comment', tag: 'comments', secured: true } as const;
  const params = z.object({ id: z.string(), comment: z.string() });
  const body = { schema: commentBody };
  const refusals = {
    401: { description: 'No good token' },
    404: { description: 'There is no such package or comment, or not for the caller' },
  };
  const invalid = {
    400: { description: 'No text of 1 to 480 characters, or one with words that are not allowed' },
  };
  const notYours = { 403: { description: 'The comment is somebody else’s' } };
  return [
    {
      ...{ ...one, method: 'post', path: '/packages/:id/comments', summary: 'Comment on a package' },
      description: 'The author is who sends the token.',
      request: { params: z.object({ id: z.string() }), body, headers: idempotencyHeaders },
      answers: {
        ...{ ...BODY_ANSWERS, ...invalid, ...refusals },
        201: { description: 'The comment', schema: commentSchema },
        422: { description: 'The Idempotency-Key was used for another request' },
        429: { description: 'Too many comments; Retry-After says how long to wait' },
      },
      handlers: [needToken, jsonBody('100kb'), create(dependencies)],
    },
    {
      ...{ ...one, method: 'patch', summary: 'Change one’s own comment; moderators any' },
      request: { params, body },
      answers: {
        ...{ ...BODY_ANSWERS, ...invalid, ...notYours, ...refusals },
        200: { description: 'The comment', schema: commentSchema },
      },
      handlers: [needToken, jsonBody('100kb'), change(dependencies)],
    },
    {
      ...{ ...one, method: 'delete', summary: 'Delete one’s own comment; moderators any' },
      request: { params },
      answers: { 204: { description: 'Deleted' }, ...notYours, ...refusals },
      handlers: [needToken, remove(dependencies)],
    },
  ];
}
