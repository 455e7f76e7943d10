import type { Page, Paged } from '../routes/paging.ts';

/** What a notification is about: `package`, `load`, `comment`, … and its id. */
export interface NotificationSubject {
  readonly type: string;
  readonly id: string;
}

export interface Notification {
  readonly id: string;
  /** Such as `load-done`; for programs. */
  readonly kind: string;
  /** For people. */
  readonly text: string;
  readonly about: NotificationSubject | null;
  readonly createdAt: Date;
  readonly readAt: Date | null;
}

/** A notification to be made; one whose id is there already is made no second time. */
export interface NewNotification extends Pick<Notification, 'id' | 'kind' | 'text' | 'about'> {
  readonly userId: string;
}

/** Everybody's inbox (auth.md A5). */
export interface NotificationStore {
  /** Newest first. */
  readonly list: (
    userId: string,
    filter: { readonly read?: boolean | undefined },
    page: Page,
  ) => Promise<Paged<Notification> & { readonly unread: number }>;
  /**
   * Marks notifications as read, or unread again: all of them, or none. Answers how many have changed.
   * @throws {ProblemError} 403 when any of them is not the person's.
   */
  readonly mark: (userId: string, ids: readonly string[] | 'all', read: boolean) => Promise<number>;
  /** Stores it for a person by the idhash that other services know; false when there is nobody. */
  readonly addFor: (idhash: string, notification: Omit<NewNotification, 'userId'>) => Promise<boolean>;
  readonly wantsPush: (userId: string) => Promise<boolean>;
  readonly setPush: (userId: string, push: boolean) => Promise<void>;
  /** Forgets what is older than half a year. */
  readonly sweep: () => Promise<void>;
}
