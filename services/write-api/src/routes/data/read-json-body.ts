import type { Request } from 'express';
import { requestBytes } from '../../bodies/request-bytes.ts';
import type { WriteDependencies } from '../../dependencies.ts';
import { parseJson } from '../../uploads/read-json.ts';
import { checkNotEmpty } from '../../uploads/read-upload.ts';
import { formatOfRequest } from '../../uploads/upload-format.ts';

/**
 * A body that is one JSON value; undefined when it does not say to be JSON.
 * @throws {ProblemError} 400 when it is empty or not JSON, 413 when it is too large.
 */
export async function readJsonBody(
  req: Request,
  { bodies, maxJsonBytes, turns }: WriteDependencies,
): Promise<unknown> {
  if (formatOfRequest(req) !== 'json') return undefined;
  const body = await bodies.receive(requestBytes(req, maxJsonBytes));
  try {
    checkNotEmpty({ body, format: 'json' });
    const parse = async () => parseJson(await body.bytes(), false);
    return await turns.take(body, parse);
  } finally {
    await body.close();
  }
}
