import { HOOKS_QUEUE } from '@flyloft/common';
import { createJobWorker } from '@flyloft/job-queue';
import { forgedTokens } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import request from 'supertest';
import { ANN, BOB, startConductor, type TestConductor } from './conductor.ts';
import { publishPackage } from './published.ts';

const ALLOWED = 'https://rdf.example.org';
let conductor: TestConductor;
let id: string;

beforeAll(async () => {
  conductor = await startConductor({ hookOrigins: [ALLOWED] });
  id = await publishPackage(conductor, { name: 'hooked' });
});

afterAll(() => conductor.close());

const runHooks = (query: Record<string, string>) =>
  request(conductor.origin).post('/package/run-hooks').query(query);

describe('POST /package/run-hooks', () => {
  it('is 403 without a token, 400 without parameters or package, null for others', async () => {
    const jwt = conductor.tokenOf(ANN);
    const pipeline = `${ALLOWED}/in`;
    expect((await runHooks({ id, pipeline })).status).toBe(403);
    expect((await runHooks({ id, jwt })).status).toBe(400);
    expect((await runHooks({ pipeline, jwt })).status).toBe(400);
    expect((await runHooks({ id: `${ANN}:none`, pipeline, jwt })).status).toBe(400);
    expect((await runHooks({ id, pipeline, jwt: conductor.tokenOf(BOB) })).body).toBeNull();
    expect((await runHooks({ id, pipeline, jwt: 'x' })).body).toBeNull();
  });

  it('D1 D2 D3 D4 D5: answers null for every forged token, and asks nobody', async () => {
    const options = { audience: 'os.datastore', attackerUrl: 'http://127.0.0.1:1' };
    for (const { name, token } of forgedTokens(conductor.issuer, options)) {
      const { status, body } = await runHooks({ id, pipeline: `${ALLOWED}/in`, jwt: token });
      expect([name, status, body]).toEqual([name, 200, null]);
    }
  });

  it.each([
    'https://rdf.example.org.evil.example/in',
    'http://rdf.example.org/in',
    'https://rdf.example.org:8443/in',
    'https://user:secret@rdf.example.org/in',
    'http://127.0.0.1/in',
    'file:///etc/passwd',
    'nonsense',
  ])('does not call %s, which is not allowed', async (pipeline) => {
    const answer = await runHooks({ id, pipeline, jwt: conductor.tokenOf(ANN) });
    expect(answer.body).toMatchObject({ success: false, error: expect.stringContaining('not allowed') });
  });

  it('answers what the worker brings back', async () => {
    const { registry, databaseUrl } = conductor;
    const called: string[] = [];
    const worker = createJobWorker({
      name: HOOKS_QUEUE,
      backend: { kind: 'postgres', connectionString: databaseUrl },
      onError: () => undefined,
      process: async (data) => {
        // only conductors put jobs there
        const { hook_run_id } = data as { hook_run_id: string };
        const run = await registry.startHookRun(hook_run_id);
        called.push(run?.pipeline ?? '');
        await registry.finishHookRun(hook_run_id, { kind: 'done', response: 'thanks' });
      },
    });
    const answer = await runHooks({ id, pipeline: `${ALLOWED}/in`, jwt: conductor.tokenOf(ANN) });
    await worker.close();
    const { originUrl } = (await registry.findPackage(id)) ?? {};
    expect(answer.body).toEqual({
      success: true,
      response: 'thanks',
      payload: { '@context': expect.anything(), url: originUrl },
    });
    expect(called).toEqual([`${ALLOWED}/in`]);
  });

  it('is called for an owner by an administrator, which is written down', async () => {
    const root = 'f'.repeat(32);
    const { issuer, databaseUrl } = conductor;
    const jwt = issuer.serviceToken({ service: 'os.datastore', userid: root, permissions: { admin: true } });
    expect((await runHooks({ id, pipeline: `${ALLOWED}/in`, jwt })).body).not.toBeNull();
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client.query('SELECT actor, owner, action, subject FROM registry.audit');
    await client.end();
    expect(rows).toEqual([{ actor: root, owner: ANN, action: 'package.run_hooks', subject: id }]);
  });

  it('gives up when no worker comes, says so, and nobody is called later', async () => {
    const answer = await runHooks({ id, pipeline: `${ALLOWED}/in`, jwt: conductor.tokenOf(ANN) });
    expect(answer.body).toMatchObject({ success: false, error: 'The pipeline did not answer within 1 s' });
  });
});
