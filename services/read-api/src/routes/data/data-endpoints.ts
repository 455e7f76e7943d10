import type { TokenVerifier } from '@flyloft/common';
import type { AnswerLimits, DataSets } from '@flyloft/data-sets';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import type { RecentBodies } from '../../http/recent-bodies.ts';
import type { TaggedBody } from '../../http/send-tagged.ts';
import { getData } from './get-data.ts';
import { getDataByName } from './get-data-by-name.ts';
import { optionsData } from './options-data.ts';

export interface DataDependencies {
  readonly dataSets: DataSets;
  /** Of service tokens for `data-sets`: some may read what is restricted. */
  readonly dataSetsVerifier: TokenVerifier;
  readonly limits: Partial<AnswerLimits>;
  /** The text of answers that may be given again. */
  readonly texts: RecentBodies<TaggedBody>;
  /** Shared by both forms of address; undefined: no limit. */
  readonly limitReads: RequestHandler | undefined;
}

/** Queries over data sets, by group and type. */
export function dataEndpoints(dependencies: DataDependencies): Endpoint[] {
  return [getData(dependencies), optionsData(dependencies, '/data/:data_group/:data_type')];
}

/** The same by name. Any single segment: to be mounted after everything else. */
export function dataByNameEndpoints(dependencies: DataDependencies): Endpoint[] {
  return [getDataByName(dependencies), optionsData(dependencies, '/:data_set_name')];
}
