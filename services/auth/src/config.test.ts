import { generateKeyPairSync } from 'node:crypto';
import { loadConfiguration } from '@flyloft/service-kit';
import { describe, expect, it } from '@jest/globals';
import { configuration } from './config.ts';

const right = {
  DATABASE_URL: 'postgres://auth@localhost/flyloft',
  EXTERNAL_ADDRESS: 'https://data.example.org',
  KEY_ENCRYPTION_KEY: 'q3t6w9z$C&F)J@NcRfUjXn2r5u8x!A%D',
};
const load = (changed: Record<string, string> = {}) =>
  loadConfiguration(configuration, { ...right, ...changed });

function pem(bits: number) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return {
    pkcs1: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    pkcs8: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    spki: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

describe('the configuration', () => {
  it('has a default for everything but the database, the address and the secret', () => {
    expect(load()).toMatchObject({ PORT: 4001, SERVICE_TOKEN_TTL: 3_600, ALLOWED_SERVICES: [] });
  });

  it('refuses one address of Kratos without the other, and names the missing one', () => {
    expect(() => load({ KRATOS_ADMIN_URL: 'http://kratos:4434' })).toThrow(/KRATOS_PUBLIC_URL/);
    expect(() => load({ KRATOS_PUBLIC_URL: 'https://id.example' })).toThrow(/KRATOS_ADMIN_URL/);
    const both = { KRATOS_ADMIN_URL: 'http://kratos:4434', KRATOS_PUBLIC_URL: 'https://id.example' };
    expect(load(both)).toMatchObject({
      KRATOS_SESSION_COOKIE: 'ory_kratos_session',
      KRATOS_SCHEMA_ID: 'default',
    });
    expect(() => load({ ...both, KRATOS_SESSION_COOKIE: 'a=b' })).toThrow(/KRATOS_SESSION_COOKIE/);
    expect(() => load({ ...both, KRATOS_PROVIDER_ORIGINS: 'https://a.example/x' })).toThrow(
      /KRATOS_PROVIDER_ORIGINS/,
    );
  });

  it('refuses one address of Hydra without the other, and names the missing one', () => {
    expect(() => load({ HYDRA_ADMIN_URL: 'http://hydra:4445' })).toThrow(/HYDRA_PUBLIC_URL/);
    expect(() => load({ HYDRA_PUBLIC_URL: 'https://id.example' })).toThrow(/HYDRA_ADMIN_URL/);
    expect(() => load({ HYDRA_HOOK_KEY: 'short' })).toThrow(/HYDRA_HOOK_KEY/);
    const both = { HYDRA_ADMIN_URL: 'http://hydra:4445', HYDRA_PUBLIC_URL: 'https://id.example' };
    expect(load(both)).toMatchObject({ ...both, HYDRA_UNKNOWN_APPS: 'reject', HYDRA_REQUEST_TTL: 1_800 });
  });

  it('names everything that is missing or wrong at once, and never the value', () => {
    const attempt = () =>
      loadConfiguration(configuration, {
        KEY_ENCRYPTION_KEY: 'hunter2',
        PRIVATE_KEY: 'my-private',
        PORT: 'x',
      });
    expect(attempt).toThrow(/DATABASE_URL is missing[\s\S]*EXTERNAL_ADDRESS is missing/);
    for (const wrong of [/PORT: /, /KEY_ENCRYPTION_KEY: must be at least 32/, /PRIVATE_KEY: is not a PEM/])
      expect(attempt).toThrow(wrong);
    expect(attempt).not.toThrow(/hunter2|my-private/);
  });

  it.each([
    'data.example.org',
    'https://data.example.org/',
    'https://data.example.org/x',
    'HTTPS://DATA.example',
    'ftp://x',
  ])('refuses %s as the address: it is the issuer, letter by letter', (address) => {
    expect(() => load({ EXTERNAL_ADDRESS: address })).toThrow(/EXTERNAL_ADDRESS/);
  });

  it('D24: refuses the committed sample of docker-compose.yml, but on a loopback address', () => {
    const KEY_ENCRYPTION_KEY = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';
    expect(() => load({ KEY_ENCRYPTION_KEY })).toThrow(/sample/);
    expect(load({ KEY_ENCRYPTION_KEY, EXTERNAL_ADDRESS: 'http://127.0.0.1:4000' })).toBeDefined();
  });

  it('D24: refuses secrets that nobody drew at random', () => {
    for (const secret of ['short', 'a'.repeat(64), 'change-me-change-me-change-me-change-me']) {
      expect(() => load({ KEY_ENCRYPTION_KEY: secret })).toThrow(/KEY_ENCRYPTION_KEY/);
    }
  });

  it('takes RSA keys of 2048 bits in PKCS#1 and PKCS#8, also on one line', () => {
    const key = pem(2048);
    for (const text of [key.pkcs1, key.pkcs8, key.pkcs8.replaceAll('\n', '\\n')]) {
      expect(load({ PRIVATE_KEY: text, PUBLIC_KEY: key.spki }).PRIVATE_KEY?.asymmetricKeyType).toBe('rsa');
    }
  });

  it('D24: refuses weak keys, other kinds of keys, and a public key of another pair', () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const ecPem = ec.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => load({ PRIVATE_KEY: pem(1024).pkcs8 })).toThrow(/at least 2048 bits/);
    expect(() => load({ PRIVATE_KEY: ecPem })).toThrow(/RSA/);
    expect(() => load({ PRIVATE_KEY: pem(2048).pkcs8, PUBLIC_KEY: pem(2048).spki })).toThrow(/PUBLIC_KEY/);
    expect(() => load({ PUBLIC_KEY: pem(2048).spki })).toThrow(/PUBLIC_KEY/);
  });

  it('reads further services, and refuses what is no alias', () => {
    expect(load({ ALLOWED_SERVICES: 'world; os.other:./rules.mjs ;' }).ALLOWED_SERVICES).toEqual([
      { alias: 'world', module: undefined },
      { alias: 'os.other', module: './rules.mjs' },
    ]);
    expect(() => load({ ALLOWED_SERVICES: 'a b' })).toThrow(/ALLOWED_SERVICES/);
  });
});
