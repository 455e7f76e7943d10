import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { phraseSchema, type WordPhrase, type WordStore } from '../../moderation/words.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import { pageAnswer, pageParameters, pageSchema } from '../paging.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf, idOf } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import { requireRight } from './require-right.ts';

const querySchema = z.strictObject({
  ...pageParameters,
  allowed: z.stringbool().optional().describe('true: the phrases that are let stand; false: the others'),
});
export const newWordSchema = z.strictObject({
  phrase: phraseSchema,
  allowed: z.boolean().default(false).describe('True: what lies within this phrase is let stand'),
});
const phraseAnswer = z.object({
  id: z.uuid(),
  phrase: z.string(),
  allowed: z.boolean(),
  created_at: z.iso.datetime(),
  created_by: z.uuid().nullable(),
});

export function wordAnswer(word: WordPhrase): z.output<typeof phraseAnswer> {
  const { id, phrase, allowed, createdAt, createdBy } = word;
  return { id, phrase, allowed, created_at: createdAt.toISOString(), created_by: createdBy };
}

/** `/admin/words`: the phrases that titles, descriptions, names and comments may not hold (auth.md A5). */
export function wordEndpoints(sources: HolderSources, words: WordStore): Endpoint[] {
  const list: RequestHandler = async (req, res) => {
    const query = validate(querySchema, req.query, 'parameters');
    const { entries, total } = await words.list(query, query);
    res.json(pageAnswer(entries.map(wordAnswer), total, query));
  };
  const add: RequestHandler = async (req, res) => {
    res
      .status(201)
      .json(wordAnswer(await words.add(validate(newWordSchema, req.body, 'body'), actorOf(res))));
  };
  const remove: RequestHandler = async (req, res) => {
    await words.remove(idOf(req, 'The list has no phrase with this id'), actorOf(res));
    res.status(204).end();
  };
  const mayManage = requireRight(sources, { all: ['word:manage:any'] });
  const shared = { path: '/admin/words', tag: 'moderation', secured: true } as const;
  const page = { description: 'One page', schema: pageSchema(phraseAnswer) };
  return [
    {
      ...{ ...shared, method: 'get', summary: 'The list of phrases, by their letters' },
      request: { query: querySchema },
      answers: { 200: page, ...adminErrors },
      handlers: [noStore, mayManage, list],
    },
    {
      ...{ ...shared, method: 'post', summary: 'Put a phrase on the list' },
      description: 'Case, accents and widths do not count. Other services follow within a minute.',
      request: { body: { schema: newWordSchema } },
      answers: {
        201: { description: 'The phrase', schema: phraseAnswer },
        ...adminErrors,
        409: { description: 'The list has the phrase already, however it is spelt' },
      },
      handlers: [noStore, mayManage, ...jsonBody, add],
    },
    {
      ...{ ...shared, path: '/admin/words/:id', method: 'delete', summary: 'Take a phrase off the list' },
      request: { params: z.object({ id: z.string() }) },
      answers: { 204: { description: 'Removed' }, ...adminErrors, 404: { description: 'No such phrase' } },
      handlers: [noStore, mayManage, remove],
    },
  ];
}
