// What the services over data sets (write-api, read-api) have in common: the older contract's forms, the engine.
export { backdropErrorBody, backdropErrorForm, backdropErrors } from './backdrop-errors.ts';
export { getStatus } from './get-status.ts';
export { openDataSets } from './open-data-sets.ts';
export { isCompact, jsonFor, sendJson } from './send-json.ts';
