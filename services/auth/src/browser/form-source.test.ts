import { expect, it } from '@jest/globals';
import { formSources } from './form-source.ts';

it.each([
  ['https://wiki.example/in?x=1', ['https://wiki.example']],
  ['https://wiki.example:8443/in', ['https://wiki.example:8443']],
  ['http://127.0.0.1:9/callback', ['http://127.0.0.1:*']],
  ['http://localhost/callback', ['http://localhost:*']],
  ['http://[::1]:9/callback', ['http:']],
  ['com.example.app:/callback', ['com.example.app:']],
  ['https://a;script-src/', []],
  ['https://*/', []],
  ["https://a'b/", []],
  ['no address', []],
])('%s stands as %j in form-action, and can say nothing else there', (address, sources) => {
  expect(formSources([address, address])).toEqual(sources);
});
