import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks a person at a terminal, who does not see what is typed. */
export async function askForSecret(
  prompt: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input, output: nowhere, terminal: true });
  output.write(prompt);
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    output.write('\n');
  }
}
