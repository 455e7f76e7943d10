import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { fetchPolicy, fetchVariables, originsVariable } from './fetch-variables.ts';

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

describe('a list of origins', () => {
  it('is read in any spelling, and its ports may be fetched from', () => {
    const origins = originsVariable.parse('https://RDF.example, http://hooks.example:8080/');
    expect(origins).toEqual(['https://rdf.example', 'http://hooks.example:8080']);
    expect(fetchPolicy(schema.parse({}), origins).ports).toEqual([80, 443, 443, 8080]);
  });

  it('is empty unless given', () => {
    expect(originsVariable.parse(undefined)).toEqual([]);
  });

  it.each([
    'rdf.example',
    'https://rdf.example/path',
    'ftp://rdf.example',
    'https://user@rdf.example',
    'null',
  ])('does not take %s', (text) => {
    expect(originsVariable.safeParse(text).success).toBe(false);
  });
});
