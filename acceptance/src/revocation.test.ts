import { describe, expect, it } from '@jest/globals';
import { bearer, newPerson, platform, request } from './platform.ts';

const PROMISED_SECONDS = 60;

/** Addresses of every service that checks service tokens, and the service to ask a token for. */
const PLACES = [
  ['write-api', 'data-sets', `${platform.writeApi.url}/data-sets`],
  ['read-api', 'data-sets', `${platform.readApi.url}/api/3/cubes/nobody:nothing/model`],
  ['package-conductor', 'os.datastore', `${platform.conductor.url}/datastore/info`],
] as const;

async function serviceToken(token: string, service: string): Promise<string> {
  const answer = await request(`/auth/authorize?service=${service}`, { headers: bearer(token) });
  expect(answer.status).toBe(200);
  return answer.json().token;
}

describe('a personal access token that is revoked', () => {
  it(
    'D17: ends at every service within a minute the tokens that came from it, and no others',
    async () => {
      const [leaving, staying] = [await newPerson(), await newPerson()];
      const open = await Promise.all(
        PLACES.map(async ([name, service, url]) => ({
          ...{ name, url },
          leaving: await serviceToken(leaving.token, service),
          staying: await serviceToken(staying.token, service),
        })),
      );
      for (const { name, url, leaving: token } of open) {
        expect([name, (await request(url, { headers: bearer(token) })).status]).not.toEqual([name, 401]);
      }
      const path = `/auth/tokens/${leaving.token.split('_')[2]}`;
      expect((await request(path, { method: 'DELETE', headers: bearer(leaving.token) })).status).toBe(204);
      expect((await request('/auth/check?strict=1', { headers: bearer(leaving.token) })).status).toBe(401);
      const deadline = Date.now() + PROMISED_SECONDS * 1000;
      for (const { name, url, leaving: revoked, staying: right } of open) {
        let { status } = await request(url, { headers: bearer(revoked) });
        while (status !== 401 && Date.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 500));
          ({ status } = await request(url, { headers: bearer(revoked) }));
        }
        expect([name, status]).toEqual([name, 401]);
        expect([name, (await request(url, { headers: bearer(right) })).status]).not.toEqual([name, 401]);
      }
    },
    (PROMISED_SECONDS + 30) * 1000,
  );
});
