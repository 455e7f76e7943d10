/**
 * Ends what a process started once that process is gone, however it went: a killed process can do nothing
 * any more, but its end of our standard input is closed then. Each line there tells of a child:
 * `+<pid> <signal>` it runs, and the signal ends it in good order; `-<pid>` it has ended.
 */
import { createInterface } from 'node:readline';

const MOST_MILLISECONDS_TO_END = 20_000;
const children = new Map<number, NodeJS.Signals>();

/** False when there is no such process any more. */
function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function end(pid: number, signal: NodeJS.Signals): Promise<void> {
  signalTo(pid, signal);
  const deadline = Date.now() + MOST_MILLISECONDS_TO_END;
  while (signalTo(pid, 0)) {
    if (Date.now() > deadline) return void signalTo(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [pid = '', signal] = line.slice(1).split(' ');
  // what endTogether writes
  if (line.startsWith('+')) children.set(Number(pid), signal as NodeJS.Signals);
  else children.delete(Number(pid));
}
// The last one first: services stop before their database.
for (const [pid, signal] of [...children].reverse()) await end(pid, signal);
