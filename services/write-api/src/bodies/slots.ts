/** Runs work while all that is run weighs no more than a most together; the others wait in order. */
export interface Slots {
  readonly run: <T>(weight: number, work: () => Promise<T>) => Promise<T>;
}

export function createSlots(most: number): Slots {
  const waiting: { readonly weight: number; readonly enter: () => void }[] = [];
  let free = most;
  const isRoom = (weight: number) => weight <= free;
  const letIn = () => {
    // What is freed goes from hand to hand: nobody can come in between.
    for (let next = waiting[0]; next !== undefined && isRoom(next.weight); next = waiting[0]) {
      waiting.shift();
      free -= next.weight;
      next.enter();
    }
  };
  return {
    run: async (asked, work) => {
      const weight = Math.min(asked, most);
      if (waiting.length === 0 && isRoom(weight)) free -= weight;
      else await new Promise<void>((enter) => waiting.push({ weight, enter }));
      try {
        return await work();
      } finally {
        free += weight;
        letIn();
      }
    },
  };
}
