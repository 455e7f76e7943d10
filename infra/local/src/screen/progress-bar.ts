const WIDTH = 24;

/** A bar for a fraction from 0 to 1. */
export function barOf(fraction: number): string {
  const filled = Math.round(Math.min(Math.max(fraction, 0), 1) * WIDTH);
  return `[${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}] ${String(Math.floor(fraction * 100)).padStart(3)} %`;
}

/** The one line that is written over on a terminal; elsewhere passing lines are not written. */
export function createScreen(output: NodeJS.WriteStream) {
  let isOpen = false;
  const clear = () => {
    if (isOpen) output.write('\r\u001b[K');
    isOpen = false;
  };
  return {
    isTerminal: output.isTTY === true,
    /** Characters of a line; of a file or a pipe as many as there are. */
    width: output.isTTY ? (output.columns ?? 80) : Number.POSITIVE_INFINITY,
    /** Something that the next line replaces. */
    passing: (text: string) => {
      if (!output.isTTY) return;
      clear();
      output.write(text);
      isOpen = true;
    },
    /** Something that stays. */
    lasting: (text: string) => {
      clear();
      output.write(`${text}\n`);
    },
  };
}

export type Screen = ReturnType<typeof createScreen>;
