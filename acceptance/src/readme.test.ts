import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { platform, unique } from './platform.ts';

const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

/** The shell commands under a heading of the README. */
function commandsUnder(heading: string): string {
  const section = README.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block).join('\n');
}

describe('the README', () => {
  it('gives commands that make a data set, write a record and read it back by month', () => {
    // Only what differs from a platform at the standard address is put in its place.
    const script = commandsUnder('Use it')
      .replaceAll('./.flyloft/platform.json', resolve(process.env.FLYLOFT_PLATFORM ?? ''))
      .replaceAll('http://127.0.0.1:4000', platform.origin)
      .replaceAll('city', unique('city'));
    const output = execFileSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8' });
    const months = JSON.parse(output.slice(output.lastIndexOf('{\n  "data"'))).data;
    expect(months).toEqual([
      expect.objectContaining({ _start_at: '2024-05-01T00:00:00+00:00', _count: 1, 'visits:sum': 3 }),
      expect.objectContaining({ _start_at: '2024-06-01T00:00:00+00:00', _count: 0 }),
    ]);
  });
});
