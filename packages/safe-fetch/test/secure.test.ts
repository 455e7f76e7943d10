import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { expect, it } from '@jest/globals';
import { dialDirectly } from '../src/dial.ts';
import { createSafeFetcher } from '../src/index.ts';

it('asks for the certificate of the name, not of the address that it connects to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-secure-'));
  const asked: string[] = [];
  // No certificate: the handshake fails, after the client has said whose it wants.
  const server = createServer({
    SNICallback: (name, done) => {
      asked.push(name);
      done(new Error('none'));
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // a listening TCP server
  const { port } = server.address() as AddressInfo;
  const fetcher = createSafeFetcher({
    policy: { ports: [443], openHosts: [] },
    attempts: 1,
    resolve: async () => ['93.184.216.34'],
    dial: (target, signal) => dialDirectly({ ...target, address: '127.0.0.1', port }, signal),
  });
  const work = fetcher.download('https://data.example/', { target: join(folder, 'file'), maxBytes: 10 });
  await expect(work).rejects.toMatchObject({ name: 'FetchError' });
  expect(asked).toEqual(['data.example']);
  await fetcher.close();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});
