import type { Catalogue, DataSetPair } from './catalogue.ts';
import type { DataSet } from './data-set.ts';

interface Remembered {
  readonly dataSet: DataSet;
  readonly until: number;
}

export interface RememberOptions {
  /** How long another process's change may go unseen. */
  readonly milliseconds: number;
  /** Epoch milliseconds; default the system's clock. */
  readonly clock?: () => number;
}

/**
 * A catalogue that remembers, for a moment, the data sets it found by their pair: a writer of single
 * records then asks the database once for many of them. What was not found is not remembered, so a new
 * data set is there at once; changes made through this catalogue are seen at once.
 */
export function rememberDataSets(
  catalogue: Catalogue,
  { milliseconds, clock = Date.now }: RememberOptions,
): Catalogue {
  const remembered = new Map<string, Remembered>();
  const nameOf = ({ dataGroup, dataType }: DataSetPair) => `${dataGroup} ${dataType}`;
  const forgetting =
    <Argument, Result>(change: (dataSet: DataSet, argument: Argument) => Promise<Result>) =>
    async (dataSet: DataSet, argument: Argument): Promise<Result> => {
      try {
        return await change(dataSet, argument);
      } finally {
        remembered.delete(nameOf(dataSet));
      }
    };
  return {
    ...catalogue,
    update: forgetting(catalogue.update),
    rotateToken: forgetting(catalogue.rotateToken),
    findByPair: async (pair) => {
      const known = remembered.get(nameOf(pair));
      if (known !== undefined && clock() < known.until) return known.dataSet;
      const dataSet = await catalogue.findByPair(pair);
      if (dataSet === undefined) remembered.delete(nameOf(pair));
      else remembered.set(nameOf(pair), { dataSet, until: clock() + milliseconds });
      return dataSet;
    },
    remove: (dataSet) => forgetting(catalogue.remove)(dataSet, undefined),
  };
}
