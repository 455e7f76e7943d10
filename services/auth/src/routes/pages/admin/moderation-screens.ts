import { problem } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import type { ReportDecision, ReportStore } from '../../../moderation/reports.ts';
import { phraseSchema, type WordStore } from '../../../moderation/words.ts';
import { reportsPage } from '../../../pages/admin/reports-page.ts';
import { wordsPage } from '../../../pages/admin/words-page.ts';
import type { SignInDependencies } from '../../../sign-in/sign-in-service.ts';
import { fieldOf } from '../browser.ts';
import { bodyOf, fieldsOf, pageOf } from './form-fields.ts';
import { type Screen, type ScreenAction, screenEndpoints, type Visit } from './screen.ts';

export interface ModerationScreensDependencies extends SignInDependencies {
  readonly words: WordStore;
  readonly reports: ReportStore;
  readonly reportersToHide: number;
}

const pageQuery = z.object({ page: z.string().optional() });
const wordSchema = z.object({ phrase: phraseSchema, allowed: z.stringbool().default(false) });

/** The id in a form. @throws {ProblemError} 404. */
function idIn({ req }: Visit): string {
  const id = z.uuid().safeParse(fieldOf(req, 'id'));
  if (!id.success) throw problem('not_found', 'It is not there any more');
  return id.data;
}

function wordsScreen({ words }: ModerationScreensDependencies): Screen {
  const requirement = { all: ['word:manage:any'] } as const;
  return {
    ...{ path: '/admin/pages/words', summary: 'The page of words', query: pageQuery, requirement },
    show: async (visit) => {
      const page = pageOf(visit.req);
      return wordsPage(visit, { ...(await words.list({}, page)), page: page.page, perPage: page.per_page });
    },
    actions: {
      add: {
        ...{ requirement, dangerous: false, done: 'The phrase is on the list.' },
        run: async (visit) => {
          await words.add(bodyOf(wordSchema, fieldsOf(visit.req, ['phrase', 'allowed'])), visit.actor);
          return undefined;
        },
      },
      remove: {
        ...{ requirement, dangerous: false, done: 'The phrase is off the list.' },
        run: async (visit) => {
          await words.remove(idIn(visit), visit.actor);
          return undefined;
        },
      },
    },
  };
}

function reportsScreen({ reports, reportersToHide }: ModerationScreensDependencies): Screen {
  const requirement = { all: ['report:handle:any'] } as const;
  const decide = (done: string, decision: Omit<ReportDecision, 'allOfTarget'>): ScreenAction => ({
    ...{ requirement, dangerous: false, done },
    run: async (visit) => {
      const whole = { ...decision, allOfTarget: true };
      await reports.handle(idIn(visit), whole, reportersToHide, visit.actor);
      return undefined;
    },
  });
  return {
    ...{ path: '/admin/pages/reports', summary: 'The page of reports', query: pageQuery, requirement },
    show: async (visit) => {
      const page = pageOf(visit.req);
      const list = await reports.list({ state: 'open' }, page);
      return reportsPage(visit, { ...list, page: page.page, perPage: page.per_page });
    },
    actions: {
      dismiss: decide('The reports are dismissed.', { state: 'dismissed' }),
      close: decide('The reports are closed.', { state: 'closed' }),
      hide: decide('It is hidden, and its reports are closed.', { state: 'closed', hide: true }),
    },
  };
}

/** Pages for moderators, and for the list of words. */
export function moderationScreenEndpoints(deps: ModerationScreensDependencies): Endpoint[] {
  return [reportsScreen(deps), wordsScreen(deps)].flatMap((screen) => screenEndpoints(deps, screen));
}
