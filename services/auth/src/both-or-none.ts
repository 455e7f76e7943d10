import type { z } from 'zod';

/** Two addresses of one server, each of which needs the other. */
export function bothOrNone<A extends string, B extends string>(first: A, second: B, server: string) {
  return (config: { readonly [name in A | B]?: unknown }, context: z.RefinementCtx): void => {
    const isThere = [config[first], config[second]].map((value) => value !== undefined);
    if (isThere[0] === isThere[1]) return;
    const path = [isThere[0] ? second : first];
    const message = `is needed where the other address of ${server} is set`;
    context.addIssue({ code: 'custom', path, message });
  };
}
