// Starts the real engines that the tests of a run share. Needs the built workspace (`npm run build`).
import { startTestEngines } from '../local/dist/test-engines.js';

export default async function globalSetup() {
  globalThis.flyloftTestEngines = await startTestEngines();
}
