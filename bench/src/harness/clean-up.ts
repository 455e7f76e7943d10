const pending = new Set<() => Promise<void>>();

/** Something that must happen when a benchmark is done: when the answer is called, or when the run is interrupted. */
export function whenDone(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  const once = () => {
    done ??= work().finally(() => pending.delete(once));
    return done;
  };
  pending.add(once);
  return once;
}

/** Everything that is still to be done, the newest first. */
export async function cleanUp(): Promise<void> {
  for (const work of [...pending].reverse()) await work().catch(() => undefined);
}
