import { describe, expect, it } from '@jest/globals';
import { portsFrom } from './ports.ts';

describe('portsFrom', () => {
  it('puts the gateway at the base, services above, admin ports a hundred above those', () => {
    expect(portsFrom(undefined)).toMatchObject({
      gateway: 4000,
      services: { auth: { port: 4001, adminPort: 4101 }, 'package-worker': { port: 4005, adminPort: 4105 } },
    });
    expect(portsFrom('5000').services['read-api']).toEqual({ port: 5003, adminPort: 5103 });
  });

  it.each(['abc', '80', '70000', '4000.5'])('refuses PORT_BASE=%s', (value) => {
    expect(() => portsFrom(value)).toThrow(/PORT_BASE must be a number/);
  });

  it.each([
    ['6000', 6000],
    ['5059', 5060],
    ['6564', 6665],
  ])('refuses PORT_BASE=%s: no browser opens port %i', (value, port) => {
    expect(() => portsFrom(value)).toThrow(`would use port ${port}, which browsers refuse`);
  });
});
