export { checkAddress } from './check-address.ts';
export type { Download, DownloadOptions } from './download.ts';
export { FetchError, type FetchErrorCode } from './fetch-error.ts';
export { fetchPolicy, fetchVariables, originsVariable } from './fetch-variables.ts';
export type { FetchPolicy, HostEntry } from './policy.ts';
export { createSafeFetcher, type SafeFetcher, type SafeFetcherOptions } from './safe-fetcher.ts';
export type { Answer, SendOptions } from './send.ts';
