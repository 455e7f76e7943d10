import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type DumpLine, personOfRow } from './imported-person.ts';

const documentSchema = z.looseObject({ id: z.string().optional(), idhash: z.string().optional() });
const lineSchema = z.union([
  z.object({ _source: documentSchema }).transform((hit) => hit._source),
  documentSchema,
]);

function documentOf(text: string): z.output<typeof documentSchema> | undefined {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * The users index of os-conductor: a line of JSON for each document, alone or as a hit with `_source` (as
 * elasticdump writes). There `idhash` names the person, and `id` is the provider's.
 * @throws {Error} when the file begins with something else.
 */
export async function* readConductor(path: string): AsyncGenerator<DumpLine> {
  let line = 0;
  let people = 0;
  for await (const text of createInterface({ input: createReadStream(path) })) {
    line += 1;
    if (text.trim() === '') continue;
    const document = documentOf(text);
    if (document === undefined) {
      if (people === 0) throw new Error(`Line ${line} is no user of os-conductor as JSON`);
      yield { line, broken: 'it is no user of os-conductor as JSON' };
      continue;
    }
    people += 1;
    const { idhash, id } = document;
    yield personOfRow(line, { ...document, id: idhash, provider_id: id });
  }
}
