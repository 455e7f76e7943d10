import { readFileSync } from 'node:fs';

/** The version in the `package.json` one folder above a compiled module: `packageVersion(import.meta.url)`. */
export function packageVersion(moduleUrl: string): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', moduleUrl), 'utf8'));
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return known ? String(manifest.version) : 'unknown';
}
