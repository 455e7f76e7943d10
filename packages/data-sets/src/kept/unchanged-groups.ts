import type { Group } from '../store/store.ts';
import type { Parts } from './kept-answers.ts';

const groupsOfParts = new WeakMap<Parts, Group[]>();
const names = new WeakMap<readonly Group[], string>();
let named = 0;

/** The groups of all periods: of the same parts the same array, which has a name. */
export function groupsOf(parts: Parts): Group[] {
  const known = groupsOfParts.get(parts);
  if (known !== undefined) return known;
  const groups = [...parts.values()].flat();
  named += 1;
  groupsOfParts.set(parts, groups);
  names.set(groups, String(named));
  return groups;
}

/**
 * A name that no other groups of this process ever have: whatever was made of groups with this name can be used
 * again. Undefined for groups that were computed, at least in part, for one answer.
 */
export function nameOfGroups(groups: readonly Group[]): string | undefined {
  return names.get(groups);
}
