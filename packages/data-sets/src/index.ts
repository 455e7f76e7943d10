export { type Answer, type AnswerLimits, answerQuery, DEFAULT_LIMITS } from './answers/answer-query.ts';
export { renderCsv, renderNdjson } from './answers/render-csv.ts';
export { renderJson } from './answers/render-json.ts';
export { generateBearerToken, hashToken, tokenMatches } from './catalogue/bearer-token.ts';
export type { Catalogue, DataSetPair } from './catalogue/catalogue.ts';
export {
  type DataSet,
  type DataSetSettings,
  dataSetSettingsSchema,
  type NewDataSet,
} from './catalogue/data-set.ts';
export { rememberDataSets } from './catalogue/remember-data-sets.ts';
export type { MongoOptions } from './mongo/connection.ts';
export { createMongoDataSets } from './mongo/create-mongo-data-sets.ts';
export type { PostgresOptions } from './postgres/connection.ts';
export { createPostgresDataSets } from './postgres/create-postgres-data-sets.ts';
export { parseQuery } from './query/parse-query.ts';
export { isValidKey } from './records/keys.ts';
export { parseBatch } from './records/parse-batch.ts';
export { parseJsonExactly } from './records/parse-json.ts';
export type { DataRecord } from './records/record.ts';
export { type RecordError, refusalOf } from './records/record-errors.ts';
export type { DataSets, RecordStore } from './store/store.ts';
