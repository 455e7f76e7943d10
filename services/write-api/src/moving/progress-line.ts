import type { CommandContext } from './open-data-sets.ts';

const EVERY_MILLISECONDS = 1_000;

/**
 * Shows how far a long piece of work has come: one line that is written over on a terminal, a line
 * each second elsewhere.
 */
export function progressLine({ output }: Pick<CommandContext, 'output'>) {
  let last = Number.NEGATIVE_INFINITY;
  let isOpen = false;
  const clear = () => {
    if (isOpen) output.write('\r\u001b[K');
    isOpen = false;
  };
  return {
    /** Something that may be forgotten: the next replaces it. */
    passing: (text: string) => {
      const now = performance.now();
      if (now - last < EVERY_MILLISECONDS) return;
      last = now;
      if (output.isTTY) {
        clear();
        output.write(`  ${text}`);
        isOpen = true;
      } else output.write(`  ${text}\n`);
    },
    /** Something that stays. */
    lasting: (text: string) => {
      clear();
      output.write(`${text}\n`);
    },
  };
}

export function counted(records: number): string {
  return `${records.toLocaleString('en-GB')} record${records === 1 ? '' : 's'}`;
}
