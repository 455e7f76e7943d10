export {
  type Answer,
  type AnswerLimits,
  answerQuery,
  DEFAULT_LIMITS,
  type FoundAnswer,
  findAnswer,
  streamRawRecords,
} from './answers/answer-query.ts';
export { renderCsv } from './answers/render-csv.ts';
export { createNdjsonRenderer, renderJson, renderNdjson } from './answers/render-json.ts';
export { renderRawAnswer } from './answers/render-raw-answer.ts';
export {
  type BackdropDump,
  type DumpItem,
  type ImportEvent,
  importBackdrop,
} from './backdrop/import-backdrop.ts';
export type { BackdropDocument } from './backdrop/read-document.ts';
export { generateBearerToken, hashToken, tokenMatches } from './catalogue/bearer-token.ts';
export {
  type DataSet,
  type DataSetSettings,
  dataSetFields,
  dataSetSettingsSchema,
} from './catalogue/data-set.ts';
export { rememberDataSets } from './catalogue/remember-data-sets.ts';
export { createMongoDataSets } from './mongo/create-mongo-data-sets.ts';
export { type CopyEvent, copyDataSets } from './moving/copy-data-sets.ts';
export { type CopyEntry, type CopyProgress, copyProgressSchema } from './moving/copy-progress.ts';
export { createPostgresDataSets } from './postgres/create-postgres-data-sets.ts';
export { parseQuery } from './query/parse-query.ts';
export type { Query } from './query/query.ts';
export { isValidKey } from './records/keys.ts';
export { parseBatch } from './records/parse-batch.ts';
export { parseJsonExactly } from './records/parse-json.ts';
export { parsePatch } from './records/parse-patch.ts';
export type { DataRecord } from './records/record.ts';
export { type RecordError, RecordRefusal, refusalOf } from './records/record-errors.ts';
export { parseRecordDate } from './records/timestamps.ts';
export { compileSchema, schemaOf } from './schemas/compile-schema.ts';
export type { Receipt } from './store/receipt.ts';
export type { DataSets } from './store/store.ts';
export { type TransformDefinition, transformDefinitionSchema } from './transforms/definition.ts';
export { findLoop } from './transforms/loops.ts';
export { planTransform } from './transforms/plan.ts';
export { runTransform } from './transforms/run-transform.ts';
export {
  MOST_FAILURES,
  outputPair,
  type Transform,
  type TransformCall,
  type WrittenRange,
} from './transforms/transforms.ts';
export { writtenRange } from './transforms/written-range.ts';
