import { pipeline } from 'node:stream/promises';
import type { Endpoint } from '@flyloft/service-kit';
import { stringify } from 'csv-stringify';
import type { Request } from 'express';
import { z } from 'zod';
import { type LoadsDependencies, ownLoad } from '../../loads/own-load.ts';

const COLUMNS = ['resource', 'row', 'line', 'column', 'value', 'rule', 'message', 'suggestion'];

/** Harmless CSV is the default where a browser would hand it to a spreadsheet (reliability.md E11). */
function isSafe(req: Request): boolean {
  if (typeof req.query.safe === 'string') return req.query.safe !== '0' && req.query.safe !== 'false';
  return req.get('sec-fetch-dest') === 'document' || /^\s*text\/html/.test(req.get('accept') ?? '');
}

/** GET `/loads/{id}/errors.csv`: up to 10,000 problems, the first of the file first. */
export function showErrorsEndpoint({ credentials, registry }: LoadsDependencies): Endpoint {
  return {
    method: 'get',
    path: '/loads/:id/errors.csv',
    tag: 'loads',
    summary: 'The full error report of a load as a file',
    secured: true,
    request: {
      params: z.object({ id: z.string() }),
      query: z.object({
        safe: z.string().optional().describe('`1` makes cells harmless that a spreadsheet would run'),
        jwt: z.string().optional(),
      }),
    },
    answers: {
      200: {
        description: 'A header and a line for each problem',
        contentType: 'text/csv',
        schema: z.string(),
      },
      401: { description: 'No good token' },
      404: { description: 'There is no such load, or not for the caller' },
    },
    handlers: [
      credentials.needToken,
      async (req, res) => {
        const { id } = await ownLoad(registry, req, res);
        res.set({
          'Content-Type': 'text/csv; charset=utf-8',
          'Content-Disposition': `attachment; filename="load-${id}-errors.csv"`,
          'Cache-Control': 'no-store',
        });
        const rows = stringify({
          header: true,
          columns: COLUMNS,
          record_delimiter: 'windows',
          // a line feed alone would break the row for readers that take it for its end
          quoted_match: /[\r\n]/,
          escape_formulas: isSafe(req),
        });
        if (req.method === 'HEAD') res.end();
        else await pipeline(registry.loadProblems(id), rows, res);
      },
    ],
  };
}
