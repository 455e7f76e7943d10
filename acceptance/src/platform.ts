import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';

/** `platform.json` of the platform under test. */
interface PlatformFile {
  readonly origin: string;
  readonly auth: { readonly url: string };
  readonly writeApi: { readonly url: string };
  readonly readApi: { readonly url: string };
  readonly conductor: { readonly url: string };
  readonly worker: { readonly adminUrl: string };
  readonly adminToken: string;
}

export const platform = JSON.parse(readFileSync(process.env.FLYLOFT_PLATFORM ?? '', 'utf8')) as PlatformFile;

/** Whatever came back: a test looks into it and fails where it is not as promised. */
type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  readonly json: () => Json;
}

export async function request(path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(new URL(path, platform.origin), { redirect: 'manual', ...init });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) };
}

export function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

/** A request with a JSON body. */
export function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  return request(path, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: content,
  });
}

/** A word that no other test of any run uses. */
export function unique(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

export interface Person {
  readonly id: string;
  readonly idhash: string;
  readonly token: string;
}

/** A new person with a personal access token of their own, made by the administrator. */
export async function newPerson(): Promise<Person> {
  const email = `${unique('person')}@example.org`;
  const user = await send('POST', '/admin/users', { email }, bearer(platform.adminToken));
  if (user.status !== 201) throw new Error(`POST /admin/users: ${user.status} ${user.text}`);
  const { id, idhash } = user.json();
  const token = await send(
    'POST',
    `/admin/users/${id}/tokens`,
    { name: 'acceptance' },
    bearer(platform.adminToken),
  );
  if (token.status !== 201) throw new Error(`POST /admin/users/{id}/tokens: ${token.status} ${token.text}`);
  return { id, idhash, token: token.json().token };
}

export interface Access {
  readonly userid: string;
  readonly token: string;
}

/** A service token for one service, from a personal access token. */
export async function accessTo(service: string, personalToken: string): Promise<Access> {
  const answer = await request(`/auth/authorize?service=${service}`, { headers: bearer(personalToken) });
  return answer.json();
}

/** A file on this disk, for content that would not fit into memory. */
export interface LargeFile {
  readonly path: string;
  readonly length: number;
  /** Base64 of the binary digest. */
  readonly md5: string;
}

export interface PackageFiles {
  readonly [path: string]: string;
}

function announced(content: string | LargeFile) {
  if (typeof content !== 'string') return { length: content.length, md5: content.md5 };
  return {
    length: Buffer.byteLength(content),
    md5: createHash('md5').update(content).digest('base64'),
  };
}

const bodyOf = (content: string | LargeFile) =>
  typeof content === 'string' ? content : Readable.toWeb(createReadStream(content.path));

/** Signs and uploads a package's files as an old client does; answers the descriptor's address. */
export async function uploadPackage(
  access: Access,
  name: string,
  files: Readonly<Record<string, string | LargeFile>>,
): Promise<string> {
  const filedata = Object.fromEntries(
    Object.entries(files).map(([path, content]) => [
      path,
      {
        name: path.split('/').at(-1),
        ...announced(content),
        type: 'application/octet-stream',
      },
    ]),
  );
  const signed = await send(
    'POST',
    '/datastore/',
    { metadata: { owner: access.userid, name }, filedata },
    { 'Auth-Token': access.token },
  );
  if (signed.status !== 200) throw new Error(`POST /datastore/: ${signed.status} ${signed.text}`);
  let descriptor = '';
  for (const [path, content] of Object.entries(files)) {
    const { upload_url, upload_query } = signed.json().filedata[path];
    const url = new URL(upload_url);
    for (const [key, values] of Object.entries<string[]>(upload_query))
      url.searchParams.set(key, values[0] ?? '');
    const { md5, length } = announced(content);
    const put = await request(url.href, {
      method: 'PUT',
      headers: {
        'Content-MD5': md5,
        'Content-Length': String(length),
        'Content-Type': 'application/octet-stream',
      },
      body: bodyOf(content),
      duplex: 'half',
    });
    if (put.status >= 300) throw new Error(`PUT ${path}: ${put.status} ${put.text}`);
    if (path === 'datapackage.json') descriptor = upload_url;
  }
  return descriptor;
}

/** Says how far a long test has come, where it runs in its long form (`npm run soak`). */
export function tellProgress(text: string): void {
  if (process.env.SOAK === 'true')
    process.stderr.write(`  ${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

/** Starts a load of the descriptor; answers the upload's body. */
export async function startLoad(access: Access, descriptor: string) {
  const parameters = new URLSearchParams({ datapackage: descriptor, jwt: access.token });
  return (await request(`/package/upload?${parameters}`, { method: 'POST' })).json();
}

/** Polls `/package/status` as os-packager does until `done` or `fail`. */
export async function waitForLoad(descriptor: string) {
  for (;;) {
    const answer = await request(`/package/status?datapackage=${encodeURIComponent(descriptor)}`);
    if (answer.status !== 200) throw new Error(`/package/status: ${answer.status} ${answer.text}`);
    const body = answer.json();
    if (body.status === 'done' || body.status === 'fail') return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A small fiscal package of one table; rows as CSV text with the header `year,code,label,amount`. */
export function smallPackage(name: string, rows: string): PackageFiles {
  const field = (fieldName: string, type: string) => ({ name: fieldName, type });
  const descriptor = {
    name,
    title: 'Spending',
    resources: [
      {
        name: 'spending',
        path: 'spending.csv',
        schema: {
          fields: [
            field('year', 'integer'),
            field('code', 'string'),
            field('label', 'string'),
            field('amount', 'number'),
          ],
        },
      },
    ],
    model: {
      measures: { amount: { source: 'amount', currency: 'EUR' } },
      dimensions: {
        date: { dimensionType: 'datetime', attributes: { year: { source: 'year' } }, primaryKey: 'year' },
        function: {
          dimensionType: 'classification',
          attributes: { code: { source: 'code' }, label: { source: 'label', labelfor: 'code' } },
          primaryKey: 'code',
        },
      },
    },
  };
  return {
    'spending.csv': `year,code,label,amount\n${rows}`,
    'datapackage.json': JSON.stringify(descriptor),
  };
}
