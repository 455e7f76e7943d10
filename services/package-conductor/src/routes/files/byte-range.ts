import type { ByteRange, StoredObject } from '@flyloft/object-store';
import type { Request } from 'express';

/** Whether the client's part is of the version that is there now (RFC 9110 13.1.5). */
function isCurrent(req: Request, object: StoredObject): boolean {
  const condition = req.get('if-range');
  return (
    condition === undefined || condition === object.etag || condition === object.modifiedAt.toUTCString()
  );
}

/** The one range that a request asks for; undefined means everything, also for several ranges at once. */
export function byteRangeOf(req: Request, object: StoredObject): ByteRange | 'unsatisfiable' | undefined {
  if (!isCurrent(req, object)) return undefined;
  const ranges = req.range(object.length, { combine: true });
  // -2: malformed, to be ignored
  if (ranges === undefined || ranges === -2) return undefined;
  if (ranges === -1) return 'unsatisfiable';
  const [range, another] = ranges;
  if (ranges.type !== 'bytes' || range === undefined || another !== undefined) return undefined;
  return { start: range.start, end: range.end };
}
