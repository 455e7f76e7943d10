import { claimsOf } from '@flyloft/common';
import { csvHeader, csvLines, jsonText, type PreparedStream, prepareFactStream } from '@flyloft/warehouse';
import type { RequestHandler } from 'express';
import { openCube } from '../../cubes/cube-source.ts';
import { withCube } from '../../cubes/with-cube.ts';
import { sendParts } from '../../http/send-parts.ts';
import { startTiming } from '../../http/server-timing.ts';
import type { CubeDependencies } from './cube-dependencies.ts';
import { cachingHeaders, etagOf, goneSignal, hasAlready, isSafe } from './describe-answer.ts';

type Parts = AsyncIterable<Parameters<PreparedStream['read']>[0][]>;

/** How rows become text. */
type WriteRows = (
  stream: PreparedStream,
  parts: Parts,
  options: { readonly safe: boolean },
) => AsyncIterable<string>;

async function* asNdjson({ read }: PreparedStream, parts: Parts): AsyncGenerator<string> {
  for await (const rows of parts) yield rows.map((row) => `${jsonText(read(row))}\n`).join('');
}

const asCsv: WriteRows = async function* ({ refs, read }, parts, options) {
  // With the first rows, so that what goes wrong before them can still be told.
  let before = csvHeader(refs, options);
  for await (const rows of parts) {
    yield before + csvLines(refs, rows.map(read), options);
    before = '';
  }
  if (before !== '') yield before;
};

export const FACT_STREAMS = {
  ndjson: { contentType: 'application/x-ndjson; charset=utf-8', name: 'facts.ndjson', write: asNdjson },
  csv: { contentType: 'text/csv; charset=utf-8', name: 'facts.csv', write: asCsv },
} as const;

/** Answers all facts of a cut as they are read, in memory that does not grow with them. */
export function streamFacts(
  { registry, engine, files }: CubeDependencies,
  form: (typeof FACT_STREAMS)[keyof typeof FACT_STREAMS],
): RequestHandler {
  return async (req, res) => {
    const timing = startTiming(res);
    await withCube(registry, String(req.params.id), claimsOf(res), async (found) => {
      timing.mark('authorise');
      const [etag, safe] = [etagOf(req, found), isSafe(req)];
      const cube = openCube(found, files);
      const query = prepareFactStream(cube, req.query);
      timing.mark('parse');
      const headers = {
        ...cachingHeaders(found.package, etag),
        'Content-Type': form.contentType,
        'Content-Disposition': `attachment; filename="${form.name}"`,
      };
      if (hasAlready(req, etag)) {
        res.status(304).set(cachingHeaders(found.package, etag)).end();
        return;
      }
      await files.holding(cube.files, () =>
        engine.stream(goneSignal(res), query.statement, (parts) =>
          sendParts(req, res, headers, form.write(query, parts, { safe })),
        ),
      );
    });
  };
}
