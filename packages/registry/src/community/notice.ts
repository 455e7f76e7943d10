/** What a person is to be told; its id is the same however often it is read. */
export interface Notice {
  readonly id: string;
  readonly kind: 'load-done' | 'load-failed' | 'package-published' | 'comment';
  /** Who is told. */
  readonly userid: string;
  readonly packageId: string | null;
  /** Of the load or comment. */
  readonly subjectId: string | null;
  readonly detail: string | null;
}
