import { type RecordError, RecordRefusal } from '@flyloft/data-sets';

/** The words of the original. */
export const NOT_UTF8 = {
  key: null,
  code: 'not_utf8',
  message: 'Non-UTF8 characters found.',
} as const satisfies Omit<RecordError, 'record'>;

/**
 * Bytes as text, without the byte-order mark.
 * @throws {RecordRefusal} when they are not UTF-8.
 */
export async function* utf8Text(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Buffer) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new RecordRefusal([{ record: 0, ...NOT_UTF8 }]);
    }
  };
  for await (const chunk of chunks) yield decode(chunk);
  yield decode();
}
