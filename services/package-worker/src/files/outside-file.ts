import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FetchError, type FetchErrorCode, type SafeFetcher } from '@flyloft/safe-fetch';
import { LoadFailure, type LoadFailureCode } from '@flyloft/warehouse';
import type { PackageFile } from './package-files.ts';

export interface OutsidePlace {
  readonly fetcher: Pick<SafeFetcher, 'download'>;
  /** Largest file that is fetched. */
  readonly maxFetchBytes: number;
  /** Where a fetched file waits until it is read. */
  readonly folder: string;
}

const FAILURES: Readonly<Record<FetchErrorCode, LoadFailureCode>> = {
  address_invalid: 'address_refused',
  address_refused: 'address_refused',
  redirect_refused: 'address_refused',
  unreachable: 'unreachable',
  timed_out: 'unreachable',
  cut_off: 'unreachable',
  status: 'unreachable',
  too_large: 'too_large',
  content_refused: 'resource_invalid',
};

function asFailure(error: unknown, address: string): unknown {
  if (!(error instanceof FetchError)) return error;
  return new LoadFailure(FAILURES[error.code], `The file ${address} was not fetched. ${error.message}`);
}

function nameOf(address: string): string {
  const path = URL.canParse(address) ? new URL(address).pathname : address;
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * A file elsewhere, which is brought to this disk whole before it is read: only so can it be tried again.
 * @param found Called with the address that it was found at, after redirects.
 */
export function outsideFile(
  { fetcher, maxFetchBytes, folder }: OutsidePlace,
  address: string,
  found: (address: string) => void = () => undefined,
): PackageFile {
  return {
    name: nameOf(address),
    address,
    open: async (signal) => {
      const target = join(folder, `fetched-${randomUUID()}`);
      const limits = { target, maxBytes: maxFetchBytes, ...(signal && { signal }) };
      try {
        const { address: end } = await fetcher.download(address, limits);
        found(end);
      } catch (error) {
        await rm(target, { force: true });
        throw asFailure(error, address);
      }
      const stream = createReadStream(target);
      stream.once('close', () => void rm(target, { force: true }));
      return stream;
    },
  };
}
