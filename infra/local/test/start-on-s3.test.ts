import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createS3Store } from '@flyloft/object-store';
import { describeWith, testS3 } from '@flyloft/testing';
import { expect, it } from '@jest/globals';
import { freePort, repositoryRoot } from '../src/index.ts';

const START = join(repositoryRoot, 'infra/local/dist/commands/start.js');
const s3 = testS3();

describeWith(s3?.endpoint)('npm start with files on S3', () => {
  it('makes the bucket, loads a package through it and answers its query, with no shared folder', async () => {
    if (s3 === undefined) return;
    const folder = await mkdtemp(join(tmpdir(), 'flyloft-start-s3-'));
    const environment = {
      ...process.env,
      NODE_OPTIONS: '',
      PORT_BASE: String(10_000 + ((await freePort()) % 9_000)),
      S3_ENDPOINT: s3.endpoint,
      S3_BUCKET: s3.bucket,
      S3_ACCESS_KEY_ID: s3.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    };
    const { stdout } = await promisify(execFile)(process.execPath, [START, '--once', '--data', folder], {
      env: environment,
    });
    for (const text of ['queued', 'done  2000 rows', 'General purpose state services']) {
      expect(stdout).toContain(text);
    }
    const store = createS3Store(s3);
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    store.close();
    expect(keys.filter((key) => key.endsWith('/datapackage.json'))).toHaveLength(1);
    expect(keys.filter((key) => /^_cubes\/.*\.parquet$/.test(key))).toHaveLength(1);
    // nothing went through a folder that services share; read-api has its copy
    expect(await readdir(join(folder, 'files'))).toEqual([]);
    expect(await readdir(join(folder, 'cache', 'cubes'))).toEqual([expect.stringMatching(/\.parquet$/)]);
    await rm(folder, { recursive: true, force: true });
  });
});
