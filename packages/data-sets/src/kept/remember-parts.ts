import type { Group } from '../store/store.ts';
import type { Parts, SavedShape } from './kept-answers.ts';
import { isIn } from './parts.ts';
import { hull, isWithin, meet, type TimeRange } from './touched-ranges.ts';

/** The parts of one revision of a shape: in `range` it has these and no others. */
interface Remembered {
  readonly revision: string;
  readonly range: TimeRange;
  readonly parts: Parts;
  readonly size: number;
  /** What was recalled last: asked again, the same map. */
  readonly recalled?: { readonly range: TimeRange; readonly parts: Parts };
}

/**
 * The parts that this process read or computed last. Which revision of a shape is the one to use, and what was touched
 * since, is told by the database for each question: what is remembered only need not be sent and parsed again.
 */
export interface RememberedParts {
  /** The revision of a shape whose parts in this range are remembered; without a range: whatever is. */
  readonly known: (name: string, range?: TimeRange) => string | undefined;
  /** For the same revision and range as the last time it is the same map. */
  readonly recall: (name: string, revision: string, range: TimeRange) => Parts | undefined;
  readonly remember: (name: string, parts: Pick<Remembered, 'revision' | 'range' | 'parts'>) => void;
  /** What was just saved follows what is remembered. */
  readonly follow: (name: string, revision: string, saved: Omit<SavedShape<unknown>, 'mark'>) => void;
}

/** Groups and tallies, of some 300 bytes each: 12 MB in all. */
const MOST_CELLS = 40_000;

function sizeOf(groups: readonly Group[]): number {
  let size = 1;
  for (const { tallies } of groups) {
    size += 1;
    for (const list of tallies.values()) size += list.length;
  }
  return size;
}

function within(parts: Parts, range: TimeRange): Parts {
  return new Map([...parts].filter(([start]) => isIn(start, range)));
}

export function rememberParts(mostCells = MOST_CELLS): RememberedParts {
  /** In the order of use. */
  const shapes = new Map<string, Remembered>();
  let total = 0;

  const forget = (name: string) => {
    total -= shapes.get(name)?.size ?? 0;
    shapes.delete(name);
  };

  const put: RememberedParts['remember'] = (name, shape) => {
    forget(name);
    const size = [...shape.parts.values()].reduce((sum, groups) => sum + sizeOf(groups), 1);
    // One shape alone must not drive out all others.
    if (size > mostCells / 4) return;
    shapes.set(name, { ...shape, size });
    total += size;
    for (const oldest of shapes.keys()) {
      if (total <= mostCells) break;
      forget(oldest);
    }
  };

  return {
    known: (name, range) => {
      const shape = shapes.get(name);
      return shape && (range === undefined || isWithin(range, shape.range)) ? shape.revision : undefined;
    },
    recall: (name, revision, range) => {
      const shape = shapes.get(name);
      if (shape?.revision !== revision || !isWithin(range, shape.range)) return undefined;
      const known = shape.recalled && isSame(shape.recalled.range, range) ? shape.recalled : undefined;
      const recalled = known ?? { range, parts: within(shape.parts, range) };
      shapes.delete(name);
      shapes.set(name, { ...shape, recalled });
      return recalled.parts;
    },
    remember: (name, told) => {
      const shape = shapes.get(name);
      const isMore = shape?.revision === told.revision && meet(shape.range, told.range);
      if (!isMore) put(name, told);
      else
        put(name, {
          revision: told.revision,
          range: hull(shape.range, told.range),
          parts: new Map([...shape.parts, ...told.parts]),
        });
    },
    follow: (name, revision, { follows, covered, replaced, parts }) => {
      const shape = shapes.get(name);
      if (shape === undefined || shape.revision !== follows) {
        // Of a first revision all is here.
        if (follows === undefined) put(name, { revision, range: covered, parts });
        return;
      }
      const kept = [...within(shape.parts, covered)].filter(
        ([start]) => !replaced.some((range) => isIn(start, range)),
      );
      // Whether periods beside the remembered ones have parts is not known.
      const range = [...replaced]
        .sort(byStart)
        .reduce((known, one) => (meet(known, one) ? hull(known, one) : known), shape.range);
      put(name, { revision, range, parts: new Map([...kept, ...within(parts, range)]) });
    },
  };
}

function isSame(left: TimeRange, right: TimeRange): boolean {
  return left.from.getTime() === right.from.getTime() && left.to.getTime() === right.to.getTime();
}

function byStart(left: TimeRange, right: TimeRange): number {
  return left.from.getTime() - right.from.getTime();
}
