import type { RequestListener } from 'node:http';
import request, { type Response } from 'supertest';
import { ORIGIN } from './harness.ts';

/** A browser without scripts: keeps cookies, follows no redirect by itself, sends forms as they stand. */
export interface TestBrowser {
  readonly get: (address: string, headers?: Record<string, string>) => Promise<Response>;
  /** Sends the form of the last page whose action this is, with its hidden fields and these. */
  readonly submit: (
    action: string,
    fields: Record<string, string>,
    headers?: Record<string, string>,
  ) => Promise<Response>;
  readonly cookies: Map<string, string>;
  /** Every Location that it was sent to. */
  readonly locations: string[];
}

const decode = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&');

function hiddenFields(page: string, action: string): Record<string, string> {
  const forms = page
    .split('<form ')
    .slice(1)
    .map((form) => form.split('</form>')[0] ?? '');
  const form = forms.find((one) => one.includes(`action="${action}"`));
  if (form === undefined) throw new Error(`There is no form for ${action} on the page`);
  const inputs = form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, decode(value)]));
}

export function createBrowser(app: RequestListener): TestBrowser {
  const cookies = new Map<string, string>();
  const locations: string[] = [];
  let page = '';
  const remember = (answer: Response) => {
    for (const line of (answer.headers['set-cookie'] as unknown as string[] | undefined) ?? []) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      const isOver = /Expires=Thu, 01 Jan 1970/.test(line);
      if (isOver) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    if (answer.headers.location) locations.push(answer.headers.location);
    if (answer.text) page = answer.text;
    return answer;
  };
  const headersWith = (headers: Record<string, string>) => ({
    Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    ...headers,
  });
  const pathOf = (address: string) => (address.startsWith(ORIGIN) ? address.slice(ORIGIN.length) : address);
  return {
    cookies,
    locations,
    get: async (address, headers = {}) =>
      remember(
        await request(app)
          .get(pathOf(address))
          .set(headersWith({ 'Sec-Fetch-Site': 'same-origin', ...headers })),
      ),
    submit: async (action, fields, headers = {}) =>
      remember(
        await request(app)
          .post(action)
          .set(headersWith({ Origin: ORIGIN, 'Sec-Fetch-Site': 'same-origin', ...headers }))
          .type('form')
          .send({ ...hiddenFields(page, action), ...fields }),
      ),
  };
}
