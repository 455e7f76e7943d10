import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type ImportedPerson, personOfRow } from './imported-person.ts';

const documentSchema = z.looseObject({ id: z.string().optional(), idhash: z.string().optional() });
const lineSchema = z.union([
  z.object({ _source: documentSchema }).transform((hit) => hit._source),
  documentSchema,
]);

/**
 * The users index of os-conductor: a line of JSON for each document, alone or as a hit with `_source` (as
 * elasticdump writes). There `idhash` names the person, and `id` is the provider's.
 * @throws {Error} naming the line that is no JSON object.
 */
export async function* readConductor(path: string): AsyncGenerator<ImportedPerson> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path) })) {
    line += 1;
    if (text.trim() === '') continue;
    let document: z.output<typeof documentSchema>;
    try {
      document = lineSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw new Error(`Line ${line} is no user of os-conductor as JSON`, { cause });
    }
    const { idhash, id } = document;
    yield personOfRow(line, { ...document, id: idhash, provider_id: id });
  }
}
