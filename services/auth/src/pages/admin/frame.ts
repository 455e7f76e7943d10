import type { AuthPermission } from '../../permissions/permissions.ts';
import type { Paged } from '../../routes/paging.ts';
import type { User } from '../../users/user.ts';
import { html, type Markup } from '../html.ts';
import { hidden, layout, notice } from '../layout.ts';

/** What every page of administration knows. */
export interface Frame {
  /** Its own address, which its forms are sent to. */
  readonly path: string;
  readonly csrfToken: string;
  readonly user: User;
  readonly may: (permission: AuthPermission) => boolean;
  /** What came of the last form. */
  readonly done: string | undefined;
  readonly failed: string | undefined;
}

/** An area of administration, for those who hold any of its permissions. */
export interface Area {
  readonly path: string;
  readonly title: string;
  readonly about: string;
  readonly permissions: readonly AuthPermission[];
}

export const AREAS: readonly Area[] = [
  {
    path: '/admin/pages/users',
    title: 'People',
    about: 'Find, make, invite, suspend and delete people; say what they may do',
    permissions: ['user:read:any'],
  },
  {
    path: '/admin/pages/roles',
    title: 'Roles',
    about: 'What people may do here, by role',
    permissions: ['user:assign-roles:any'],
  },
  {
    path: '/admin/pages/apps',
    title: 'Applications',
    about: 'What people sign in to with their account here, and who is what there',
    permissions: ['app:manage:any'],
  },
  {
    path: '/admin/pages/clients',
    title: 'Clients',
    about: 'Programs that ask for tokens of single sign-on',
    permissions: ['client:manage:any'],
  },
  {
    path: '/admin/pages/services',
    title: 'Services',
    about: 'What people may do at services of the platform',
    permissions: ['service:read:any'],
  },
  {
    path: '/admin/pages/keys',
    title: 'Keys',
    about: 'The keys that tokens are signed with',
    permissions: ['key:read:any', 'key:rotate:any'],
  },
  {
    path: '/admin/pages/reports',
    title: 'Reports',
    about: 'What people say should not be here',
    permissions: ['report:handle:any'],
  },
  {
    path: '/admin/pages/words',
    title: 'Words',
    about: 'Phrases that titles, descriptions, names and comments may not hold',
    permissions: ['word:manage:any'],
  },
  {
    path: '/admin/pages/audit',
    title: 'Audit log',
    about: 'Who did what to whom',
    permissions: ['audit:read:any'],
  },
];

export function areasOf({ may }: Pick<Frame, 'may'>): readonly Area[] {
  return AREAS.filter(({ permissions }) => permissions.some(may));
}

function navigation(frame: Frame): Markup {
  const links = areasOf(frame).map(({ path, title }) => {
    const current = frame.path === path || frame.path.startsWith(`${path}/`);
    return html`<a href="${path}"${current ? html` aria-current="${frame.path === path ? 'page' : 'true'}"` : undefined}>${title}</a>`;
  });
  return html`<nav aria-label="Administration">${links}<a href="/auth/settings">Settings</a></nav>`;
}

/** A page of administration, with what came of the last form on top. */
export function adminPage(frame: Frame, title: string, content: Markup): string {
  return layout(
    title,
    html`${notice(frame.done)}${notice(frame.failed, 'error')}
${content}`,
    navigation(frame),
  );
}

/** A form that does one thing, named by `action`. */
export function actionForm(frame: Frame, action: string, content: Markup, button: Markup): Markup {
  return html`<form method="post" action="${frame.path}">
${hidden('csrf_token', frame.csrfToken)}${hidden('action', action)}
${content}
${button}
</form>`;
}

export const minute = (date: Date) => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** An address with these parameters, without those that are empty. */
export function address(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value ? [[name, value]] : [],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

export interface ListPage<T> extends Paged<T> {
  readonly page: number;
  readonly perPage: number;
}

/** Where one is in a list, and the pages before and after. */
export function pager(
  frame: Frame,
  { page, perPage, total }: ListPage<unknown>,
  filter: Readonly<Record<string, string | undefined>> = {},
): Markup {
  const last = Math.max(1, Math.ceil(total / perPage));
  const link = (to: number, text: string) =>
    html`<a href="${address(frame.path, { ...filter, page: String(to) })}">${text}</a>`;
  return html`<nav class="pages" aria-label="Pages"><span>${total === 1 ? 'One entry' : `${total} entries`}, page ${page} of ${last}</span>
${page > 1 ? link(page - 1, 'Previous page') : undefined}
${page < last ? link(page + 1, 'Next page') : undefined}</nav>`;
}
