import { html, type Markup } from './html.ts';
import { hidden } from './layout.ts';

/** What every form of the settings needs. */
export interface SettingsForms {
  readonly csrfToken: string;
  /** What was wrong with which form. */
  readonly failed?: { readonly action: string; readonly message: string };
}

export function form(page: SettingsForms, action: string, content: Markup, button: Markup): Markup {
  return html`<form method="post" action="/auth/settings/${action}">
${hidden('csrf_token', page.csrfToken)}
${content}
${button}
</form>`;
}

export function errorOf({ failed }: SettingsForms, action: string): string | undefined {
  return failed?.action === action ? failed.message : undefined;
}

export const minute = (date: Date) => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
