import { expect, it } from '@jest/globals';
import {
  accessTo,
  newPerson,
  request,
  smallPackage,
  startLoad,
  tellProgress,
  unique,
  uploadPackage,
  waitForLoad,
} from './platform.ts';

const READERS = 20;
/** `npm run soak -- packages` asks for more (reliability.md E4). */
const RELOADS = Number(process.env.SOAK_RELOADS ?? 4);
const ROWS = 1_000;

/** Rows that all carry the mark of their generation. */
const rowsOf = (generation: number) =>
  Array.from({ length: ROWS }, (_, row) => `2014,c${row % 7},g${generation},${generation}.25\n`).join('');

const QUESTIONS = [
  'aggregate?drilldown=function.label&aggregates=amount.sum|_count',
  'aggregate?drilldown=function|date&pagesize=3',
  'facts?order=amount:desc&pagesize=50',
  'facts?format=ndjson',
  'facts.csv',
  'members/function',
  'model',
];

/** Every mark that an answer names: of one load there is one. */
const marksIn = (text: string) => new Set(text.match(/\bg\d+\b/g));

it(
  `E4: ${READERS} readers see the old load or the new one, whole, while a package is loaded ${RELOADS} times again`,
  async () => {
    const access = await accessTo('os.datastore', (await newPerson()).token);
    const name = unique('reloaded');
    const cube = `/api/3/cubes/${access.userid}:${name}`;
    const load = async (generation: number) => {
      const descriptor = await uploadPackage(access, name, smallPackage(name, rowsOf(generation)));
      await startLoad(access, descriptor);
      expect(await waitForLoad(descriptor)).toMatchObject({ status: 'done', progress: ROWS });
    };
    await load(0);
    const publish = new URLSearchParams({
      id: `${access.userid}:${name}`,
      jwt: access.token,
      publish: 'true',
    });
    expect((await request(`/package/publish?${publish}`, { method: 'POST' })).json()).toMatchObject({
      success: true,
    });

    let isOver = false;
    let answers = 0;
    const faults: string[] = [];
    const seen = new Set<string>();
    const read = async (reader: number) => {
      for (let turn = reader; !isOver; turn += 1) {
        const path = `${cube}/${QUESTIONS[turn % QUESTIONS.length]}`;
        const { status, text } = await request(path);
        const marks = marksIn(text);
        answers += 1;
        for (const mark of marks) seen.add(mark);
        if (status !== 200 || marks.size > 1) faults.push(`${status} ${path} ${text.slice(0, 200)}`);
      }
    };
    const readers = Array.from({ length: READERS }, (_, reader) => read(reader));
    for (let generation = 1; generation <= RELOADS; generation += 1) {
      await load(generation);
      // What is done is what whoever asks now is answered.
      const { text } = await request(`${cube}/${QUESTIONS[0]}`);
      expect(marksIn(text)).toEqual(new Set([`g${generation}`]));
      tellProgress(`load ${generation} of ${RELOADS}; ${answers} answers, ${faults.length} faults`);
    }
    isOver = true;
    await Promise.all(readers);
    expect(faults).toEqual([]);
    expect(seen.size).toBeGreaterThan(RELOADS / 2);
  },
  60_000 + RELOADS * 20_000,
);
