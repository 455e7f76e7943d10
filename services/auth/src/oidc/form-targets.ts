import type { SingleSignOn } from './single-sign-on.ts';

/** Where a sign-in may end whose `next` is the question of an application. */
export function formTargetsOf(
  { originsOf }: Pick<SingleSignOn, 'originsOf'>,
  origin: string,
): (next: string) => Promise<readonly string[]> {
  return async (next) => {
    if (!URL.canParse(next, origin)) return [];
    const { pathname, searchParams } = new URL(next, origin);
    const clientId = pathname === '/auth/consent' ? searchParams.get('client_id') : null;
    return clientId === null ? [] : originsOf(clientId);
  };
}
