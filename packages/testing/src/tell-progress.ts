/** Says how far a long test has come, where it runs in its long form (`npm run soak`); the short ones are silent. */
export function tellProgress(text: string): void {
  if (process.env.SOAK === 'true')
    process.stderr.write(`  ${new Date().toISOString().slice(11, 19)} ${text}\n`);
}
