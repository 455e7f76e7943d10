import { validate } from '@flyloft/service-kit';
import { z } from 'zod';
import { newWordSchema, wordAnswer } from '../routes/admin/manage-words.ts';
import { type Action, argumentsOf, OPERATOR, pageOf, runAction, sayPage } from './administration.ts';

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async (args, { words }, context) => {
    argumentsOf(args, 'word list [--allowed]', 0);
    const page = pageOf(context);
    const filter = context.options.allowed ? { allowed: true } : {};
    sayPage(context, await words.list(filter, page), page, {
      answer: wordAnswer,
      line: ({ id, phrase, allowed }) => `${id}  ${phrase}${allowed ? '  (let stand)' : ''}`,
    });
  },
  add: async (args, { words }, { options, say }) => {
    const [phrase] = argumentsOf(args, 'word add PHRASE [--allowed]', 1);
    const wanted = validate(newWordSchema, { phrase, allowed: options.allowed }, 'parameters');
    const added = await words.add(wanted, OPERATOR);
    say(options.json ? JSON.stringify(wordAnswer(added)) : `${added.id}  ${added.phrase}`);
  },
  delete: async (args, { words }, { options, say }) => {
    const [given] = argumentsOf(args, 'word delete ID', 1);
    const { id } = validate(z.object({ id: z.uuid() }), { id: given }, 'parameters');
    await words.remove(id, OPERATOR);
    say(options.json ? JSON.stringify({ id, deleted: true }) : 'the phrase is off the list');
  },
};

/** `word list|add|delete`: the phrases that texts may not hold (auth.md A5). */
export const wordCommand = runAction('word', ACTIONS);
