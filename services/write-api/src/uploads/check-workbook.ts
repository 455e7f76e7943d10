import { finished } from 'node:stream/promises';
import { ProblemError } from '@flyloft/common';
import { RecordRefusal } from '@flyloft/data-sets';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { createCellExtent } from './cell-extent.ts';
import { beyondLimit, UPLOAD_LIMITS } from './limits.ts';

/** Packed XML is a tenth to a fiftieth of its size; a bomb is a thousandth. Small entries may repeat themselves. */
const MOST_RATIO = 200;
const SMALL = 1024 * 1024;

function openZip(bytes: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    // Sizes are checked while unpacking: an entry cannot hold more than it says.
    fromBuffer(bytes, { lazyEntries: true, validateEntrySizes: true }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

function checkSizes({ uncompressedSize, compressedSize }: Entry, total: number, count: number): void {
  if (count > UPLOAD_LIMITS.workbookEntries) throw beyondLimit('The Excel file has too many parts');
  if (total > UPLOAD_LIMITS.workbookUnpackedBytes) {
    throw beyondLimit(`The Excel file unpacks to more than ${UPLOAD_LIMITS.workbookUnpackedBytes} bytes`);
  }
  if (uncompressedSize > SMALL && uncompressedSize > compressedSize * MOST_RATIO) {
    throw beyondLimit('The Excel file is packed more tightly than any workbook is');
  }
}

const OPENING = 0x3c;

function tagsIn(chunk: Buffer): number {
  let tags = 0;
  for (let at = chunk.indexOf(OPENING); at !== -1; at = chunk.indexOf(OPENING, at + 1)) tags += 1;
  return tags;
}

/** Unpacks an entry into nothing; answers the tags of XML in it. */
function countTags(zip: ZipFile, entry: Entry): Promise<number> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) return reject(error);
      let tags = 0;
      const follow = createCellExtent();
      stream.on('data', (chunk: Buffer) => {
        tags += tagsIn(chunk);
        try {
          follow(chunk);
        } catch (tooFar) {
          stream.destroy();
          reject(tooFar);
        }
      });
      finished(stream).then(() => resolve(tags), reject);
    });
  });
}

async function checkEntries(zip: ZipFile): Promise<void> {
  let total = 0;
  let count = 0;
  let tags = 0;
  await new Promise<void>((resolve, reject) => {
    zip.once('end', resolve);
    zip.once('error', reject);
    zip.on('entry', (entry: Entry) => {
      total += entry.uncompressedSize;
      count += 1;
      const next = async () => {
        checkSizes(entry, total, count);
        tags += await countTags(zip, entry);
        if (tags > UPLOAD_LIMITS.workbookTags) {
          throw beyondLimit('The Excel file has too many cells; CSV has no such limit');
        }
        zip.readEntry();
      };
      next().catch(reject);
    });
    zip.readEntry();
  });
}

/**
 * Unpacks an archive into nothing, so that what it holds is known before a parser sees it.
 * @throws {ProblemError} 422 beyond a limit; {RecordRefusal} when it is no archive.
 */
export async function checkWorkbook(bytes: Buffer): Promise<void> {
  try {
    await checkEntries(await openZip(bytes));
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    const message = 'The file is not an Excel workbook (.xlsx)';
    throw new RecordRefusal([{ record: 0, key: null, code: 'unreadable_file', message }]);
  }
}
