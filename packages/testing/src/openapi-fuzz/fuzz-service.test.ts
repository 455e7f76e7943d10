import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fuzzService } from './fuzz-service.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'counters', version: '1' },
  paths: {
    '/counters/{id}': {
      post: {
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'by', in: 'query', schema: { type: 'integer', minimum: 1 } },
        ],
        requestBody: {
          content: {
            'application/json': {
              schema: { type: 'object', properties: { note: { $ref: '#/components/schemas/Note' } } },
            },
          },
        },
        responses: {
          200: {
            description: 'Counted',
            headers: { 'X-Count': { required: true, schema: { type: 'string' } } },
            content: {
              'application/json': {
                schema: { type: 'object', required: ['count'], properties: { count: { type: 'integer' } } },
              },
            },
          },
          400: { description: 'Not valid', content: { 'text/plain': { schema: { type: 'string' } } } },
        },
      },
    },
  },
  components: { schemas: { Note: { type: 'string', maxLength: 10 } } },
};

type Answer = (req: IncomingMessage & { body: string }, res: ServerResponse) => void;

function json(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'Content-Type': 'application/json', 'X-Count': '1' }).end(JSON.stringify(body));
}

const honest: Answer = (req, res) => {
  const { searchParams } = new URL(req.url ?? '', 'http://x');
  const isRight = /^[1-9]\d{0,8}$/.test(searchParams.get('by') ?? '1');
  if (isRight) json(res, 200, { count: 1 });
  else res.writeHead(400, { 'Content-Type': 'text/plain' }).end('by is no number');
};

/** Honest, but for requests that a rule picks. */
const lying =
  (isPicked: (req: IncomingMessage & { body: string }) => boolean, lie: Answer): Answer =>
  (req, res) =>
    (isPicked(req) ? lie : honest)(req, res);

const hasBy = ({ url = '' }: IncomingMessage) => url.includes('by=');

describe('fuzzService', () => {
  let server: Server;
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function fuzz(answer: Answer) {
    server = createServer(async (req, res) => {
      if (req.url === '/openapi.json') return json(res, 200, DOCUMENT);
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of req) chunks.push(chunk);
      } catch {
        return;
      }
      answer(Object.assign(req, { body: Buffer.concat(chunks).toString() }), res);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return fuzzService({
      ...{ origin: `http://127.0.0.1:${port}`, requests: 400, timeoutMilliseconds: 500 },
      credentials: ['Bearer right'],
    });
  }

  it('finds nothing in a service whose document is true', async () => {
    expect(await fuzz(honest)).toEqual({ seed: 1, requests: 400, neverSucceeded: [] });
  });

  it('tells which operations it never got into', async () => {
    const report = await fuzz((_req, res) => res.writeHead(400, { 'Content-Type': 'text/plain' }).end('no'));
    expect(report.neverSucceeded).toEqual(['POST /counters/{id}']);
  });

  it.each<[string, string, Answer]>([
    ['a 5xx', 'status 500', lying(hasBy, (_req, res) => json(res, 500, {}))],
    [
      'an undocumented status',
      'status 404 is not documented',
      lying(hasBy, (_req, res) => json(res, 404, {})),
    ],
    ['a wrong body', 'must be integer', lying(hasBy, (_req, res) => json(res, 200, { count: 'one' }))],
    ['a missing key', "must have required property 'count'", lying(hasBy, (_req, res) => json(res, 200, {}))],
    [
      'a body that is no JSON',
      'is not the JSON',
      lying(hasBy, (_req, res) =>
        res.writeHead(200, { 'Content-Type': 'application/json', 'X-Count': '1' }).end('{'),
      ),
    ],
    [
      'an undocumented content type',
      'content type "text/html"',
      lying(hasBy, (_req, res) => res.writeHead(400, { 'Content-Type': 'text/html' }).end('<p>')),
    ],
    ['a body that is missing', 'has no body', lying(hasBy, (_req, res) => res.writeHead(400).end())],
    [
      'a missing header',
      'header X-Count is missing',
      lying(hasBy, (_req, res) =>
        res.writeHead(200, { 'Content-Type': 'application/json' }).end('{"count":1}'),
      ),
    ],
    [
      'a crash on JSON that is broken',
      'status 500',
      lying(
        ({ body }) => body === '{',
        (_req, res) => json(res, 500, {}),
      ),
    ],
    [
      'a crash on a name that objects inherit',
      'status 500',
      lying(
        ({ body }) => body.includes('__proto__'),
        (_req, res) => json(res, 500, {}),
      ),
    ],
    [
      'an undecodable address',
      'status 500',
      lying(
        ({ url }) => url?.includes('%zz') ?? false,
        (_req, res) => json(res, 500, {}),
      ),
    ],
    [
      'a bad token',
      'status 500',
      lying(
        ({ headers }) => headers.authorization !== 'Bearer right',
        (_req, res) => json(res, 500, {}),
      ),
    ],
    ['a connection that breaks', 'no answer', lying(hasBy, (req) => req.destroy())],
    ['silence', 'no answer in time', lying(hasBy, () => {})],
  ])('refuses %s, with the seed and a command that shows it', async (_what, fault, answer) => {
    const failing = fuzz(answer);
    await expect(failing).rejects.toThrow(fault);
    await expect(failing).rejects.toThrow(
      /faults with seed 1:\n- POST \/counters.*\n {2}(echo .*)?curl -i .*http:/s,
    );
  });
});
