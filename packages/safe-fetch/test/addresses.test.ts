import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSafeFetcher, FetchError, type SafeFetcherOptions } from '../src/index.ts';
import { openCanary } from './canary.ts';

let folder: string;
let canary: Awaited<ReturnType<typeof openCanary>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flyloft-addresses-'));
  canary = await openCanary();
});
afterAll(async () => {
  await canary.close();
  await rm(folder, { recursive: true });
});

/** Every port is allowed, so that only the host can be the reason. */
function fetcherOf(more: Partial<SafeFetcherOptions> = {}) {
  const ports = [80, 443, 8080, canary.port];
  return createSafeFetcher({ policy: { ports, openHosts: [] }, retryDelayMilliseconds: 1, ...more });
}

async function fetchOnce(address: string, more: Partial<SafeFetcherOptions> = {}): Promise<unknown> {
  const fetcher = fetcherOf(more);
  try {
    return await fetcher.download(address, { target: join(folder, 'file'), maxBytes: 1000 });
  } catch (error) {
    return error;
  } finally {
    await fetcher.close();
  }
}

const LOCAL_FORMS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0x7f.0.0.0x1',
  '0177.0.0.1',
  '017700000001',
  '127.0.0.1.',
  '１２７.0.0.1',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  '0.0.0.0',
  '0',
  '0.1.2.3',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::127.0.0.1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::1]',
  '[2001:0:7f00:1::1]',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
];

const PRIVATE_FORMS = [
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '0xc0a80001',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '100.64.0.1',
  '100.127.255.254',
  '192.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '192.88.99.1',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
  '[fe80::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  '[2001:db8::1]',
  '[100::1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:169.254.169.254]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a00:1::1]',
  '[4000::1]',
  '[::a00:1]',
];

describe('E9: an address whose host is not public', () => {
  it.each(LOCAL_FORMS)('%s is refused, and this machine is not reached', async (host) => {
    const error = await fetchOnce(`http://${host}:${canary.port}/`);
    expect(error).toMatchObject({ code: 'address_refused', message: expect.stringMatching(/.{40}/) });
    expect(canary.hits()).toBe(0);
  });

  it.each(PRIVATE_FORMS)('%s is refused before anything is connected to', async (host) => {
    for (const scheme of ['http', 'https']) {
      const error = await fetchOnce(`${scheme}://${host}/`, { dial: canary.dial });
      expect(error).toMatchObject({ code: 'address_refused' });
    }
    expect(canary.dialled).toEqual([]);
  });

  it.each([...LOCAL_FORMS, ...PRIVATE_FORMS].filter((host) => /^[\d.]+$|^\[/.test(host)))(
    'is refused as well when a name leads to %s, alone or beside a public one',
    async (host) => {
      const address = new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
      for (const answers of [[address], ['93.184.216.34', address], [address, '93.184.216.34']]) {
        const error = await fetchOnce('http://data.example/', {
          dial: canary.dial,
          resolve: async () => answers,
        });
        expect(error).toMatchObject({ code: 'address_refused' });
      }
      expect(canary.dialled).toEqual([]);
    },
  );
});

describe('an address that is none', () => {
  it.each([
    ['nothing', ''],
    ['a word', 'datapackage'],
    ['a path', '/etc/passwd'],
    ['a user', 'http://user@data.example/'],
    ['a password', 'http://user:secret@data.example/'],
    ['a user before a public host', `http://127.0.0.1@data.example/`],
    ['no host', 'http://'],
    ['a port out of range', 'http://data.example:99999/'],
    ['a bad IPv6 address', 'http://[::1/'],
  ])('(%s) is refused', async (_what, address) => {
    expect(await fetchOnce(address, { dial: canary.dial })).toMatchObject({ code: 'address_invalid' });
  });

  it.each([
    'file:///etc/passwd',
    'ftp://data.example/a.csv',
    'gopher://data.example/',
    'data:text/csv,a',
    'javascript:alert(1)',
    'ws://data.example/',
    'blob:http://data.example/1',
    'unix:/var/run/docker.sock',
  ])('%s is refused: only http and https are fetched', async (address) => {
    expect(await fetchOnce(address, { dial: canary.dial })).toMatchObject({ code: 'address_refused' });
  });

  it('on a port that is not allowed is refused', async () => {
    for (const port of [22, 25, 5432, 6379, 27017]) {
      const error = await fetchOnce(`http://data.example:${port}/`, { dial: canary.dial });
      expect(error).toMatchObject({
        code: 'address_refused',
        message: expect.stringContaining(String(port)),
      });
    }
    expect(canary.dialled).toEqual([]);
  });
});

describe('a name', () => {
  it('that is public is connected to by the very address that was checked', async () => {
    const there = await openCanary();
    const found = await fetchOnce('http://data.example/a.csv', {
      dial: there.dial,
      resolve: async () => ['93.184.216.34'],
    });
    expect(found).toMatchObject({ bytes: 6, address: 'http://data.example/a.csv' });
    expect(there.dialled).toEqual(['93.184.216.34']);
    await there.close();
  });

  it('is tried at each of its addresses until one answers', async () => {
    const there = await openCanary();
    const found = await fetchOnce('http://data.example/', {
      resolve: async () => ['2606:2800:220:1::1', '93.184.216.34'],
      dial: async (target, signal) => {
        if (!target.address.includes(':')) return there.dial(target, signal);
        throw Object.assign(new Error('no route'), { code: 'ENETUNREACH' });
      },
    });
    expect(found).toMatchObject({ bytes: 6 });
    await there.close();
  });

  it('E9: that is public when asked first and local when asked again never leads to the local address', async () => {
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    const error = await fetchOnce('http://rebinding.example/', {
      resolve: async () => answers.shift() ?? ['127.0.0.1'],
      // The first connection fails, so that the name is looked up again.
      dial: async ({ address }) => {
        canary.dialled.push(...(address === '93.184.216.34' ? [] : [address]));
        throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      },
    });
    expect(error).toMatchObject({ code: 'address_refused' });
    expect(answers).toEqual([]);
    expect(canary.dialled).toEqual([]);
    expect(canary.hits()).toBe(0);
  });

  it('that is not known says so', async () => {
    const resolve = async () => {
      throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    };
    const error = await fetchOnce('http://no-such-name.example/', { resolve });
    expect(error).toBeInstanceOf(FetchError);
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('no-such-name') });
  });
});

describe('a host list', () => {
  const open = (host: string, port?: number) => ({ host, port });

  it('opens the hosts that it names, on the port that it names, and no other', async () => {
    const there = await openCanary();
    const onPort = { ports: [80], openHosts: [open('127.0.0.1', there.port)] };
    const anyPort = { ports: [80], openHosts: [open('127.0.0.1')] };
    for (const policy of [onPort, anyPort]) {
      expect(await fetchOnce(`http://127.0.0.1:${there.port}/`, { policy })).toMatchObject({ bytes: 6 });
    }
    expect(there.hits()).toBe(2);
    const others = [
      `http://127.0.0.1:${canary.port}/`,
      'http://127.0.0.1/',
      `http://127.0.0.2:${there.port}/`,
    ];
    for (const address of others) {
      expect(await fetchOnce(address, { policy: onPort })).toMatchObject({ code: 'address_refused' });
    }
    expect(canary.hits()).toBe(0);
    await there.close();
  });

  it('of the only hosts refuses all others, and what they redirect to', async () => {
    const policy = { ports: [80, 443], openHosts: [], onlyHosts: [open('data.example')] };
    const more = { policy, dial: canary.dial, resolve: async () => ['93.184.216.34'] };
    expect(await fetchOnce('http://other.example/', more)).toMatchObject({ code: 'address_refused' });
    expect(await fetchOnce('http://data.example.evil.example/', more)).toMatchObject({
      code: 'address_refused',
    });
    expect(canary.dialled).toEqual([]);
  });
});
