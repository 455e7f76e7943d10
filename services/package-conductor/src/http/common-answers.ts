import type { AnswerDescription } from '@flyloft/service-kit';

type Answers = Readonly<Record<number, AnswerDescription>>;

/** What every GET may answer that sends JSON. */
export const READ_ANSWERS: Answers = {
  304: { description: '`If-None-Match` was sent, and there is nothing newer' },
};

/** What every endpoint may answer that reads a body. */
export const BODY_ANSWERS: Answers = {
  413: { description: 'The body is too large' },
  415: { description: 'The body is in an encoding that is not known' },
};
