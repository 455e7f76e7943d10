import type { Screen } from '../screen/progress-bar.ts';

/** As shells tell it: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/** What a person who presses Ctrl-C is told before the command ends. */
export interface Interruption {
  readonly say: (words: string) => void;
}

export function watchInterruption(screen: Screen, words: string): Interruption {
  let current = words;
  process.on('SIGINT', () => {
    screen.lasting(`\n${current}`);
    process.exit(INTERRUPTED);
  });
  return {
    say: (now) => {
      current = now;
    },
  };
}

/** A load is the platform's once it is queued: the command only looks on. */
export function goesOn(origin: string, id: string): string {
  return `The load goes on: ${origin}/loads/${id}\nTo end it: npm run packages -- cancel ${id}`;
}
