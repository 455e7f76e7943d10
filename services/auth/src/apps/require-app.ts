import { problem } from '@flyloft/common';
import type { App } from './app.ts';
import type { AppStore } from './app-store.ts';

/** @throws {ProblemError} 404. */
export async function requireApp(apps: Pick<AppStore, 'find'>, slug: string): Promise<App> {
  const app = await apps.find(slug);
  if (app === undefined) throw problem('not_found', 'There is no such application');
  return app;
}
