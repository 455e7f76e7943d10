/** A browser that goes where it is sent, as long as that is the platform. */
export interface Navigator {
  /** The page at the end, or the address outside of the platform that the way led to. */
  readonly go: (address: string) => Promise<Arrival>;
  /** Sends the form of the last page, as it stands and with these fields. */
  readonly submit: (fields?: Record<string, string>, headers?: Record<string, string>) => Promise<Arrival>;
  readonly post: (path: string, fields: Record<string, string>) => Promise<Arrival>;
}

interface Arrival {
  readonly status: number;
  readonly url: string;
  readonly text: string;
  readonly headers: Headers;
}

const decode = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&');

/** A browser without scripts, with its cookies and their paths. */
export function createNavigator(origin: string): Navigator {
  const jar: { name: string; value: string; path: string }[] = [];
  let page: Arrival = { status: 0, url: origin, text: '', headers: new Headers() };
  const keep = (lines: readonly string[], url: URL) => {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(name.length + 1);
      const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? url.pathname;
      const at = jar.findIndex((cookie) => cookie.name === name && cookie.path === path);
      if (at >= 0) jar.splice(at, 1);
      if (value !== '' && !line.includes('01 Jan 1970')) jar.push({ name, value, path });
    }
  };
  const send = async (address: string, init: RequestInit = {}, hops = 0): Promise<Arrival> => {
    const url = new URL(address, origin);
    if (url.origin !== origin || hops > 12) {
      return { status: 0, url: url.href, text: '', headers: new Headers() };
    }
    const own = jar.filter(
      ({ path }) => url.pathname === path || url.pathname.startsWith(path.replace(/\/?$/, '/')),
    );
    const headers = new Headers(init.headers);
    headers.set('Cookie', own.map(({ name, value }) => `${name}=${value}`).join('; '));
    headers.set('Accept', 'text/html');
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' });
    keep(answer.headers.getSetCookie(), url);
    const location = answer.headers.get('location');
    if (location !== null) return send(new URL(location, url).href, {}, hops + 1);
    page = { status: answer.status, url: url.href, text: await answer.text(), headers: answer.headers };
    return page;
  };
  const submit: Navigator['submit'] = (fields = {}, headers = {}) => {
    const [, form = ''] = page.text.split('<form');
    const action = decode(/action="([^"]*)"/.exec(form)?.[1] ?? '');
    const inputs = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
    const hidden = Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, decode(value)]));
    return send(new URL(action, page.url).href, {
      method: 'POST',
      body: new URLSearchParams({ ...hidden, ...fields }),
      headers: { Origin: origin, 'Sec-Fetch-Site': 'same-origin', ...headers },
    });
  };
  const post: Navigator['post'] = (path, fields) =>
    send(path, {
      ...{ method: 'POST', body: new URLSearchParams(fields) },
      headers: { Origin: origin, 'Sec-Fetch-Site': 'same-origin' },
    });
  return { go: send, submit, post };
}
