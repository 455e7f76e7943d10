import { type DataSet, type DataSets, type Receipt, refusalOf } from '@flyloft/data-sets';
import { checkSameRequest, inFlight, sha256 } from '@flyloft/service-kit';
import { countsRows, type Upload } from '../uploads/read-upload.ts';
import { batchesOf, checkUpload } from './check-upload.ts';

/** What a write is answered with. */
export interface WriteAnswer {
  readonly status: number;
  readonly body: unknown;
  /** True when it was answered before, by a request with the same Idempotency-Key. */
  readonly isReplayed?: boolean;
}

export interface Write {
  readonly dataSet: DataSet;
  readonly upload: Upload;
  /** The answer when everything was stored. */
  readonly success: unknown;
}

function replay(receipt: Receipt, fingerprint: string): WriteAnswer {
  checkSameRequest(receipt.fingerprint === fingerprint);
  return { status: receipt.status, body: JSON.parse(receipt.body), isReplayed: true };
}

async function refusalOfUpload({ dataSet, upload }: Write) {
  const checked = await checkUpload(dataSet, upload);
  if (checked.kind !== 'refused') return { checked };
  const { errors, total } = checked;
  const body = refusalOf(errors, { total, unit: countsRows(upload.format) ? 'row' : 'record' });
  return { refusal: { status: 400, body } satisfies WriteAnswer };
}

/** Checks and stores an upload, all or nothing. */
export async function writeUpload({ store }: DataSets, write: Write): Promise<WriteAnswer> {
  const { dataSet, upload, success } = write;
  const { checked, refusal } = await refusalOfUpload(write);
  if (refusal !== undefined) return refusal;
  if (checked.kind === 'few') await store.upsert(dataSet, checked.records);
  else await store.upsertAll(dataSet, () => batchesOf(dataSet, upload));
  return { status: 200, body: success };
}

/** A UUID that is the same for the same text (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const hex = sha256(text);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/**
 * The same, but once for a key (data-sets.md A3): what was answered is kept by the transaction that
 * stores, so a request that is killed between the two has either both or none.
 * @throws {ProblemError} 422 for another body under the same key, 409 while the first is being stored.
 */
export async function writeUploadOnce(
  { store, receipts }: DataSets,
  write: Write,
  key: string,
): Promise<WriteAnswer> {
  const { dataSet, upload, success } = write;
  const keyHash = sha256(key);
  const fingerprint = sha256(`${upload.format} ${upload.sheet ?? ''} ${await upload.body.fingerprint()}`);
  const known = await receipts.find(dataSet, keyHash);
  if (known !== undefined) return replay(known, fingerprint);
  const { checked, refusal } = await refusalOfUpload(write);
  const { status, body } = refusal ?? { status: 200, body: success };
  const receipt = { keyHash, fingerprint, status, body: JSON.stringify(body) };
  if (refusal !== undefined) {
    await receipts.keep(dataSet, receipt);
    return refusal;
  }
  const few = checked.kind === 'few' ? checked.records : undefined;
  const batches = async function* () {
    // Ids are the same in every try, so that one that comes after half of a write ends it.
    if (few === undefined)
      yield* batchesOf(dataSet, upload, (place) => uuidOf(`${keyHash} ${fingerprint} ${place}`));
    else yield few;
  };
  const outcome = await store.upsertAll(dataSet, batches, receipt);
  if (outcome.kind === 'known') return replay(outcome.receipt, fingerprint);
  if (outcome.kind === 'stored') return { status, body };
  throw inFlight();
}
