import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectedError } from '../platform/expected-error.ts';
import { createPlatformClient, type PlatformClient } from '../platform/platform-client.ts';
import type { PlatformDescription } from '../platform/platform-file.ts';

export interface PlatformChoice {
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly data: string;
}

async function localPlatform(data: string): Promise<PlatformDescription | undefined> {
  const text = await readFile(join(data, 'platform.json'), 'utf8').catch(() => undefined);
  // our own launcher's file
  return text === undefined ? undefined : (JSON.parse(text) as PlatformDescription);
}

function originOf(url: string): string {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new ExpectedError(`--url ${url} is not an address such as https://data.example.org`);
  }
  return new URL(url).origin;
}

/** The platform that was named, or else the one that runs here. @throws {ExpectedError} */
export async function openPlatform({ url, token, data }: PlatformChoice): Promise<PlatformClient> {
  const local = await localPlatform(data);
  if (url === undefined && local === undefined) {
    throw new ExpectedError(
      'No platform is running here. Start one with: npm start. Or name one with --url and --token.',
    );
  }
  const origin = url === undefined ? (local?.origin ?? '') : originOf(url);
  // The token of the local platform is nobody else's.
  const adminToken = token ?? (origin === local?.origin ? local.adminToken : undefined);
  if (adminToken === undefined) {
    throw new ExpectedError(
      `${origin} needs a token: make a personal access token there, and give it as FLYLOFT_TOKEN or --token.`,
    );
  }
  return createPlatformClient({ origin, adminToken });
}
