import type { TokenVerifier } from '@flyloft/common';
import type { DataSets } from '@flyloft/data-sets';

/** What the endpoints of write-api work with. */
export interface WriteDependencies {
  readonly dataSets: DataSets;
  readonly verifier: TokenVerifier;
  readonly adminToken: string | undefined;
  readonly maxJsonBytes: number;
}
