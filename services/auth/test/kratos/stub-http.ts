export interface Answered {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly cookie: string;
}

export function cookieOf(header: string, name: string): string | undefined {
  return new RegExp(`(?:^|; )${name}=([^;]+)`).exec(header)?.[1];
}
