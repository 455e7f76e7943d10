import { formSources } from '../browser/form-source.ts';
import { findFlow, type HydraMode, type OpenFlows } from './hydra-mode.ts';
import type { HydraClient } from './requests.ts';

type Request = { readonly client?: HydraClient | null | undefined; readonly request_url: string };

/** Where Hydra leads browsers that were sent back to it: to itself, and in the end to the application. */
export function formTargetsOfRequest({ client, request_url: url }: Request, publicOrigin: string): string[] {
  const parameters = URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();
  const named = ['redirect_uri', 'post_logout_redirect_uri'].flatMap((name) => parameters.get(name) ?? []);
  const registered = client ? [...client.redirect_uris, ...client.post_logout_redirect_uris] : [];
  return formSources([publicOrigin, ...named, ...registered]);
}

/** The same for somebody who signs in on the way: `path` is the page of ours that they come back to. */
export async function formTargetsOfFlow(
  deps: OpenFlows & Pick<HydraMode, 'hydra' | 'publicOrigin'>,
  { pathname, searchParams }: URL,
  browserHash: Uint8Array<ArrayBuffer>,
): Promise<readonly string[]> {
  const stage = pathname === '/hydra/login' ? 'loginRequest' : 'consentRequest';
  const flow = await findFlow(deps, searchParams.get('resume') ?? '', browserHash);
  if (flow === undefined) return [deps.publicOrigin];
  // Where Hydra says nothing, the page is shown all the same: the one that it leads to says what is wrong.
  const request = await deps.hydra[stage](flow.challenge).catch(() => undefined);
  return request ? formTargetsOfRequest(request, deps.publicOrigin) : [deps.publicOrigin];
}
