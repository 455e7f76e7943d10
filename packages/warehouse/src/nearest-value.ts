/** A suggestion lists at most so many values. */
const LISTED = 10;
/** More letters than these are compared by their start alone. */
const COMPARED = 64;

/** Edits that make one text of the other (Levenshtein). */
function distance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1;
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + same,
        ),
      );
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/** The allowed value that was probably meant, if any is near. */
export function nearest(value: string, allowed: readonly string[]): string | undefined {
  const plain = (text: string) => text.trim().toLowerCase().slice(0, COMPARED);
  const ranked = allowed
    .slice(0, 1000)
    .map((candidate) => ({ candidate, edits: distance(plain(value), plain(candidate)) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  const isNear = best !== undefined && best.edits <= Math.max(1, best.candidate.length / 3);
  return isNear ? best.candidate : undefined;
}

/** The allowed value that was probably meant, else some of those that are allowed. */
export function nearestOf(value: string, allowed: readonly string[]): string {
  const near = nearest(value, allowed);
  if (near !== undefined) return `did you mean "${near}"?`;
  const more = allowed.length > LISTED ? `, … (${allowed.length} in all)` : '';
  return `write one of ${allowed.slice(0, LISTED).join(', ')}${more}`;
}
