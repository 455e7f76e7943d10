import { platform } from './platform.ts';

export interface Page {
  readonly status: number;
  readonly address: URL;
  readonly text: string;
}

/** A browser without scripts: keeps cookies, goes where it is sent, sends the form of the page it is on. */
export function openBrowser() {
  const cookies = new Map<string, string>();
  let page: Page | undefined;
  const go = async (address: URL | string, init: RequestInit = {}): Promise<Page> => {
    const url = new URL(address, platform.origin);
    const headers = new Headers(init.headers);
    headers.set('Cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location !== null) return go(new URL(location, url));
    page = { status: answer.status, address: url, text: await answer.text() };
    return page;
  };
  const submit = (fields: Record<string, string>): Promise<Page> => {
    const [, form = ''] = page?.text.split('<form') ?? [];
    const inputs = form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
    const hidden = [...inputs].map(([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')]);
    return go(new URL(/action="([^"]*)"/.exec(form)?.[1] ?? '', page?.address), {
      method: 'POST',
      body: new URLSearchParams({ ...Object.fromEntries(hidden), ...fields }),
      headers: { Origin: platform.origin, 'Sec-Fetch-Site': 'same-origin' },
    });
  };
  return { go, submit };
}
