import type { Request } from 'express';

/** The version of what a range is asked of. */
export interface RangedContent {
  /** In bytes. */
  readonly length: number;
  readonly etag: string;
  readonly modifiedAt: Date;
}

/** Both ends are inside, counted in bytes from 0. */
export interface RequestedRange {
  readonly start: number;
  readonly end: number;
}

/** Whether the client's part is of the version that is there now (RFC 9110 13.1.5). */
function isCurrent(req: Request, { etag, modifiedAt }: RangedContent): boolean {
  const condition = req.get('if-range');
  return condition === undefined || condition === etag || condition === modifiedAt.toUTCString();
}

/** The one range that a request asks for; undefined means everything, also for several ranges at once. */
export function byteRangeOf(
  req: Request,
  content: RangedContent,
): RequestedRange | 'unsatisfiable' | undefined {
  if (!isCurrent(req, content)) return undefined;
  const ranges = req.range(content.length, { combine: true });
  // -2: malformed, to be ignored
  if (ranges === undefined || ranges === -2) return undefined;
  if (ranges === -1) return 'unsatisfiable';
  const [range, another] = ranges;
  if (ranges.type !== 'bytes' || range === undefined || another !== undefined) return undefined;
  return { start: range.start, end: range.end };
}
