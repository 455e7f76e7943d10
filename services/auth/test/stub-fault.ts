/** What a side of a stub answers instead of what it should; `silence` keeps the connection open. */
export interface Fault {
  readonly on: string;
  readonly status?: number;
  readonly body?: string;
  readonly silence?: true;
}
