import type { Moderation, TokenVerifier } from '@flyloft/common';
import type { DataSets } from '@flyloft/data-sets';
import type { RequestHandler } from 'express';
import type { BodyReceiver } from './bodies/body.ts';
import type { Turns } from './bodies/turns.ts';
import type { TransformCaller } from './transforms/transform-caller.ts';

/** What the endpoints of write-api work with. */
export interface WriteDependencies {
  readonly dataSets: DataSets;
  readonly verifier: TokenVerifier;
  /** Names and titles are checked by it. */
  readonly moderation: Pick<Moderation, 'refuseWords'>;
  readonly adminToken: string | undefined;
  /** Undefined when there is no queue: transforms are refused then. */
  readonly callTransforms?: TransformCaller | undefined;
  readonly maxJsonBytes: number;
  /** Limit of a streamed body: NDJSON, CSV, Excel, multipart. */
  readonly maxFileBytes: number;
  readonly bodies: BodyReceiver;
  readonly turns: Turns;
  /** Runs once the data set is known, before the caller is. */
  readonly limitRate?: RequestHandler | undefined;
}
