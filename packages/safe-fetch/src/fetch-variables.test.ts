import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { fetchPolicy, fetchVariables } from './fetch-variables.ts';

const schema = z.object(fetchVariables);

describe('the variables of fetching', () => {
  it('open nothing by default', () => {
    expect(fetchPolicy(schema.parse({}))).toEqual({ ports: [80, 443], openHosts: [], onlyHosts: undefined });
  });

  it('read lists of hosts in any spelling', () => {
    const given = {
      FETCH_PORTS: '80, 443,8443',
      FETCH_ALLOW_HOSTS: 'Files.Internal:9000, 0x7f.1, [::1]:4000,[::1]',
      FETCH_ONLY_HOSTS: 'data.example',
    };
    expect(fetchPolicy(schema.parse(given))).toEqual({
      ports: [80, 443, 8443],
      openHosts: [
        { host: 'files.internal', port: 9000 },
        { host: '127.0.0.1', port: undefined },
        { host: '[::1]', port: 4000 },
        { host: '[::1]', port: undefined },
      ],
      onlyHosts: [{ host: 'data.example', port: undefined }],
    });
  });

  it.each([
    { FETCH_PORTS: '80,web' },
    { FETCH_PORTS: '0' },
    { FETCH_PORTS: '65536' },
    { FETCH_ALLOW_HOSTS: 'http://data.example' },
    { FETCH_ALLOW_HOSTS: 'data.example/path' },
    { FETCH_ALLOW_HOSTS: 'data.example:99999' },
    { FETCH_ALLOW_HOSTS: '::1' },
    { FETCH_ONLY_HOSTS: 'user@data.example' },
  ])('refuse %j, naming what is wrong', (given) => {
    expect(schema.safeParse(given).success).toBe(false);
  });
});
