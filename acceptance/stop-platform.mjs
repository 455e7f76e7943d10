import { once } from 'node:events';
import { rm } from 'node:fs/promises';

export default async function stopPlatform() {
  const platform = globalThis.flyloftPlatform;
  if (platform === undefined) return;
  const { child, folder, outputSoFar } = platform;
  if (child.exitCode !== null) throw new Error(`The platform ended while it was tested:\n${outputSoFar()}`);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await ended;
  await rm(folder, { recursive: true, force: true });
  if (code !== 0) throw new Error(`The platform did not stop cleanly (status ${code}):\n${outputSoFar()}`);
}
