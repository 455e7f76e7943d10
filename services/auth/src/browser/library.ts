/**
 * The browser module of `/user/lib`: the kept endpoints as functions, without dependencies. Served as it
 * stands; `origin` is put in front of the addresses.
 */
export function browserLibrary(origin: string): string {
  return `// Flyloft sign-in for browsers: import { createAuth } from '${origin}/user/lib'
const ORIGIN = ${JSON.stringify(origin)};

/**
 * options.origin: where Flyloft is (default: where this file comes from); options.fetch: instead of the browser's.
 * Every function answers the JSON of the endpoint that it is named after, or rejects with an Error that has
 * \`status\` and \`body\`.
 */
export function createAuth(options = {}) {
  const origin = options.origin ?? ORIGIN;
  const send = options.fetch ?? ((...call) => fetch(...call));

  async function ask(path, parameters = {}, init = {}) {
    const url = new URL(path, origin);
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined && value !== null) url.searchParams.set(name, value);
    }
    const { token, ...rest } = init;
    const headers = { Accept: 'application/json', ...(token ? { 'auth-token': token } : {}), ...rest.headers };
    const answer = await send(url.href, { ...rest, headers });
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    const body = isJson ? JSON.parse(text) : text;
    if (!answer.ok) throw Object.assign(new Error(body.detail ?? 'The answer is ' + answer.status), { status: answer.status, body });
    return body;
  }

  return {
    /** Who the token belongs to; without one: where to sign in. */
    check: (token, next) => ask('/auth/check', { next }, { token }),
    /** A service token, and what its holder may do there. */
    authorize: (token, service) => ask('/auth/authorize', { service }, { token }),
    /** Changes the username, exactly once. */
    update: (token, username) => ask('/auth/update', { username }, { token, method: 'POST' }),
    resolve: (username) => ask('/auth/resolve', { username }),
    getProfile: (username) => ask('/auth/get_profile', { username }),
    publicKey: () => ask('/auth/public-key'),
    /** Where to send the browser to sign in; it comes back to \`next\` with \`?code=\`. */
    signInUrl: (next) => new URL('/auth/login?' + new URLSearchParams({ next }), origin).href,
    /** The user token for the code that a sign-in led back with. */
    exchange: (code) =>
      ask('/auth/exchange', {}, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ code }),
      }),
    /**
     * The result of a sign-in in the page's address, if there is one: \`{ token, address }\`, where the address
     * no longer carries it. Hand the address to history.replaceState.
     */
    async receive(address) {
      const url = new URL(address);
      const { searchParams } = url;
      const [code, jwt] = [searchParams.get('code'), searchParams.get('jwt')];
      if (code === null && jwt === null) return undefined;
      searchParams.delete('code');
      searchParams.delete('jwt');
      const token = jwt ?? (await this.exchange(code)).token;
      return { token, address: url.href };
    },
  };
}

const auth = createAuth();
export default auth;
`;
}
