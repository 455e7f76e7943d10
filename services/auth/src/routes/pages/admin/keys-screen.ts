import { keysPage } from '../../../pages/admin/keys-page.ts';
import { fieldOf } from '../browser.ts';
import type { AdminPagesDependencies } from './admin-pages.ts';
import type { Screen } from './screen.ts';

/** The signing keys. */
export function keysScreen({ keys, now }: AdminPagesDependencies): Screen {
  const mayRotate = { requirement: { all: ['key:rotate:any'] }, dangerous: true } as const;
  return {
    ...{ path: '/admin/pages/keys', summary: 'The page of signing keys' },
    requirement: { any: ['key:read:any', 'key:rotate:any'] },
    show: async (visit) => keysPage(visit, await keys.list()),
    actions: {
      rotate: {
        ...{ ...mayRotate, done: 'The next key signs now.' },
        run: async ({ req, actor }) => {
          await keys.rotate({ now: now(), force: fieldOf(req, 'force') === 'yes' }, actor);
          return undefined;
        },
      },
      retire: {
        ...{ ...mayRotate, done: 'The key is retired: services refuse what it signed within a minute.' },
        run: async ({ req, actor }) => {
          await keys.retire(fieldOf(req, 'kid'), now(), actor);
          return undefined;
        },
      },
    },
  };
}
