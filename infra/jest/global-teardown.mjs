export default async function globalTeardown() {
  await globalThis.flyloftTestEngines?.stop();
}
