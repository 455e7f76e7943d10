import type {
  AcceptConsent,
  AcceptLogin,
  ConsentRequest,
  HydraClient,
  LoginRequest,
  LogoutRequest,
  Rejection,
} from './requests.ts';

/**
 * Hydra's admin side, as far as the pages of signing in need it (auth.md B3.3). Everything here throws
 * {@link FinishedChallenge} for a challenge that Hydra says was used, and ProblemError: 404 unknown, 410
 * expired, 502 when Hydra does not answer as it should.
 */
export interface Hydra {
  readonly loginRequest: (challenge: string) => Promise<LoginRequest>;
  /** Where the browser goes on, as with all that is accepted or rejected. */
  readonly acceptLogin: (challenge: string, answer: AcceptLogin) => Promise<string>;
  readonly rejectLogin: (challenge: string, why: Rejection) => Promise<string>;
  readonly consentRequest: (challenge: string) => Promise<ConsentRequest>;
  readonly acceptConsent: (challenge: string, answer: AcceptConsent) => Promise<string>;
  readonly rejectConsent: (challenge: string, why: Rejection) => Promise<string>;
  readonly client: (id: string) => Promise<HydraClient>;
  readonly logoutRequest: (challenge: string) => Promise<LogoutRequest>;
  readonly acceptLogout: (challenge: string) => Promise<string>;
  readonly rejectLogout: (challenge: string) => Promise<void>;
  /** Ends a person's sign-ins and takes back their consents, with all tokens that came of them (O6). */
  readonly endSessions: (subject: string) => Promise<void>;
}

/** The challenge was finished before: the application's own request is to begin again. */
export class FinishedChallenge extends Error {
  readonly restartAt: string;

  constructor(restartAt: string) {
    super('The challenge is finished');
    this.name = 'FinishedChallenge';
    this.restartAt = restartAt;
  }
}
