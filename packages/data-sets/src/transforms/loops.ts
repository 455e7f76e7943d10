import type { DataSetPair } from '../catalogue/catalogue.ts';

interface Edge {
  readonly from: DataSetPair;
  readonly to: DataSetPair;
}

const nameOf = ({ dataGroup, dataType }: DataSetPair) => `${dataGroup}/${dataType}`;

/** The way by which a data set would feed itself: the pairs from it back to it; undefined when there is none. */
export function findLoop(start: DataSetPair, edges: readonly Edge[]): string[] | undefined {
  const outputs = new Map<string, string[]>();
  for (const { from, to } of edges) {
    outputs.set(nameOf(from), [...(outputs.get(nameOf(from)) ?? []), nameOf(to)]);
  }
  const goal = nameOf(start);
  const visited = new Set<string>();
  const paths = [[goal]];
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    for (const next of outputs.get(path.at(-1) ?? '') ?? []) {
      if (next === goal) return [...path, next];
      if (visited.has(next)) continue;
      visited.add(next);
      paths.push([...path, next]);
    }
  }
  return undefined;
}
