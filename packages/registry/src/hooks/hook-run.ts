import type { JsonObject } from '../packages/published-package.ts';

export interface NewHookRun {
  readonly packageId: string;
  readonly requestedBy: string;
  /** The address to call; the conductor has seen that its origin is allowed. */
  readonly pipeline: string;
  /** The JSON-LD that the call carries as the file `package-url.jsonld` (packages.md 1.1). */
  readonly payload: JsonObject;
}

/** One call to a program outside that a person asked for. */
export interface HookRun extends NewHookRun {
  readonly id: string;
  readonly status: 'queued' | 'running' | 'done' | 'fail';
  /** What the program answered; there when done. */
  readonly response: string | undefined;
  /** A readable sentence; there when failed. */
  readonly error: string | undefined;
}

export type HookOutcome =
  | { readonly kind: 'done'; readonly response: string }
  | { readonly kind: 'fail'; readonly error: string };
