import { fuzzService } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  ANN,
  announce,
  announceFiles,
  md5Of,
  startConductor,
  type TestConductor,
  uploadFiles,
} from './conductor.ts';
import { begin, finish, publishPackage } from './published.ts';

let conductor: TestConductor;

beforeAll(async () => {
  conductor = await startConductor({ hookOrigins: ['https://rdf.example.org'] });
});

afterAll(() => conductor.close());

it('is true of every answer, to good, odd and hostile requests alike, and none is a 5xx', async () => {
  const open = await publishPackage(conductor, { name: 'open', isPrivate: false });
  const closed = await publishPackage(conductor, { name: 'closed' });
  const attempt = await begin(conductor);
  await finish(conductor, attempt, { name: 'ended' });
  const waiting = await begin(conductor);
  const urls = await uploadFiles(conductor, ANN, 'open', { 'datapackage.json': '{}', 'a.csv': 'a,b\n1,2\n' });
  const content = 'a,b\n3,4\n';
  const signed = (await announceFiles(conductor, ANN, 'open', { 'put.csv': content }))['put.csv'];
  const ofSigned = (name: string) => signed?.upload_query[name] ?? [];
  const comments: string[] = [];
  for (let index = 0; index < 40; index += 1) {
    const made = await conductor.registry.createComment({ packageId: open, author: ANN, text: 'Well done' });
    if (made.kind === 'made') comments.push(made.comment.id);
  }
  const { neverSucceeded } = await fuzzService({
    origin: conductor.origin,
    parameters: {
      id: [open, closed],
      comment: comments,
      'PATCH /packages/{id}/comments/{comment}#id': [open],
      'DELETE /packages/{id}/comments/{comment}#id': [open],
      'GET /loads/{id}#id': [attempt.loadId, waiting.loadId],
      // Of a load that has ended: a stream that goes on is no answer that a fuzzer could wait for.
      'GET /loads/{id}/events#id': [attempt.loadId],
      'GET /loads/{id}/errors.csv#id': [attempt.loadId],
      'POST /loads/{id}/cancel#id': [waiting.loadId],
      // The package that others ask for should not be missed.
      'POST /package/delete#id': [`${ANN}:none`],
      datapackage: [urls['datapackage.json'] ?? ''],
      publish: ['true', 'toggle'],
      pipeline: ['https://elsewhere.example/in'],
      kind: ['package'],
      q: ['"budget"'],
      size: ['10'],
      from: ['0'],
      'package.owner': [`"${ANN}"`],
      key: [`${ANN}/open/a.csv`, `${ANN}/open/datapackage.json`],
      // A signed address is good for one file alone.
      'PUT /files/{key}#key': [`${ANN}/open/put.csv`],
      'content-md5': [md5Of(content)],
      Expires: ofSigned('Expires'),
      Length: ofSigned('Length'),
      SignedHeaders: ofSigned('SignedHeaders'),
      Signature: ofSigned('Signature'),
    },
    bodies: {
      'application/octet-stream': [content],
      'application/json': [
        JSON.stringify({
          metadata: { owner: ANN, name: 'open' },
          filedata: { 'b.csv': announce('a,b\n') },
        }),
        JSON.stringify({ datapackage: urls['datapackage.json'] }),
        JSON.stringify({ params: 'lang=ro' }),
        JSON.stringify({ text: 'Well done' }),
      ],
    },
    credentials: [`Bearer ${conductor.tokenOf(ANN)}`],
  });
  expect(neverSucceeded).toEqual([]);
});
