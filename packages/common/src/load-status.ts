/**
 * The statuses a load passes through, in their order (packages.md 3.3, order A).
 * `deleting-table` appears only when an earlier load is replaced; `fail` may follow any other.
 */
export const LOAD_STATUSES = [
  'queued',
  'initializing',
  'loading-datapackage',
  'validating-datapackage',
  'loading-resource',
  'deleting-table',
  'creating-table',
  'loading-data-ready',
  'loading-data',
  'creating-babbage-model',
  'saving-metadata',
  'done',
  'fail',
] as const;

export type LoadStatus = (typeof LOAD_STATUSES)[number];

/** True for the two statuses after which a load does not change any more. */
export function isFinalStatus(status: LoadStatus): boolean {
  return status === 'done' || status === 'fail';
}

/**
 * Whether a load may go from one status to the next within one attempt: never back, and never on
 * from a final status. Staying in `loading-data` is how progress is reported.
 */
export function mayFollow(from: LoadStatus, to: LoadStatus): boolean {
  if (isFinalStatus(from)) return false;
  if (to === 'fail') return true;
  return LOAD_STATUSES.indexOf(to) >= LOAD_STATUSES.indexOf(from);
}
