import { problem } from '@flyloft/common';
import { withinDeadline } from './deadline.ts';

/** The request as a strategy sees it: the provider's parameters, and what is remembered beside them. */
export interface StrategyRequest {
  readonly query: Readonly<Record<string, string>>;
  readonly state: string;
  readonly redirectUri: string;
  /** Made by the strategy on the way out, given back to it on the way in. */
  verifier: string | undefined;
}

type Outcome =
  | { readonly kind: 'redirect'; readonly address: string }
  | { readonly kind: 'profile'; readonly profile: unknown };

/**
 * passport-oauth2's store of states: the row that a sign-in is kept in is ours, and has been checked before
 * a strategy runs. The library goes by the number of parameters: 5 and 4.
 */
export const stateStore = {
  store: (
    req: StrategyRequest,
    verifier: string,
    _state: unknown,
    _meta: unknown,
    done: (error: null, state: string) => void,
  ) => {
    req.verifier = verifier;
    done(null, req.state);
  },
  verify: (
    req: StrategyRequest,
    state: string,
    _meta: unknown,
    done: (error: null, ok: string | false) => void,
  ) => done(null, state === req.state && req.verifier !== undefined ? req.verifier : false),
};

/** One attempt, by passport's contract: a copy of the strategy with these methods. */
function attempt(strategy: object, req: StrategyRequest): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const refused = () => reject(problem('permission_denied', 'The sign-in was refused or cancelled'));
    const call = Object.create(strategy, {
      redirect: { value: (address: string) => resolve({ kind: 'redirect', address }) },
      success: { value: (profile: unknown) => resolve({ kind: 'profile', profile }) },
      fail: { value: refused },
      error: { value: (cause: unknown) => reject(problem('provider_failed', undefined, { cause })) },
      // Object.create gives `any`; passport's types want Express' request, of which only `query` is read
    }) as { authenticate: (req: StrategyRequest, options: object) => void };
    call.authenticate(req, { callbackURL: req.redirectUri });
  });
}

/** @throws {ProblemError} 403 when the person refused, 502 when the provider fails or takes too long. */
export function runStrategy(strategy: object, req: StrategyRequest): Promise<Outcome> {
  return withinDeadline(attempt(strategy, req));
}
