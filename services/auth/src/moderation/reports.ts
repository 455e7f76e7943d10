import type { HiddenTarget, TargetKind } from '@flyloft/common';
import type { AuditContext } from '../audit/audit.ts';
import type { Page, Paged } from '../routes/paging.ts';

export type ReportState = 'open' | 'dismissed' | 'closed';

/** What a report is about: a package's id, a data set's name, a comment's UUID, a person's UUID. */
export interface ReportTarget {
  readonly kind: TargetKind;
  readonly target: string;
}

export interface Report extends ReportTarget {
  readonly id: string;
  readonly reason: string;
  /** A user's UUID; null when the account is deleted. */
  readonly reporterId: string | null;
  readonly createdAt: Date;
  readonly state: ReportState;
  readonly handledAt: Date | null;
  readonly handledBy: string | null;
}

/** A report as the queue shows it. */
export interface QueuedReport extends Report {
  /** How many open reports there are of the same target, this one included. */
  readonly openReports: number;
  readonly isHidden: boolean;
}

export interface ReportDecision {
  /** `dismissed`: there is nothing wrong. `closed`: there was, and it has been dealt with. */
  readonly state: 'dismissed' | 'closed';
  /** True: nobody but its owner is shown it from now on; false: everybody. Left out: see `handle`. */
  readonly hide?: boolean | undefined;
  /** Also every other open report of the same target. */
  readonly allOfTarget: boolean;
}

export interface ReportStore {
  /**
   * Keeps a report and, when its target has open reports of so many different people, hides it.
   * @throws {ProblemError} 409 when the reporter has an open report of the same target.
   */
  readonly create: (
    report: ReportTarget & { readonly reason: string; readonly reporterId: string },
    reportersToHide: number,
    context: AuditContext,
  ) => Promise<Report>;
  /** Oldest first. */
  readonly list: (
    filter: { readonly state?: ReportState | undefined; readonly kind?: TargetKind | undefined },
    page: Page,
  ) => Promise<Paged<QueuedReport>>;
  readonly find: (id: string) => Promise<QueuedReport | undefined>;
  /**
   * Ends reports, and tells their reporters. What the reports had hidden is shown again when too few are
   * left of them after a dismissal, and stays hidden when one is closed, unless the decision says otherwise.
   * @throws {ProblemError} 404, 409 when it was handled before.
   */
  readonly handle: (
    id: string,
    decision: ReportDecision,
    reportersToHide: number,
    context: AuditContext,
  ) => Promise<QueuedReport>;
  readonly isHidden: (target: ReportTarget) => Promise<boolean>;
  readonly hidden: () => Promise<HiddenTarget[]>;
}
