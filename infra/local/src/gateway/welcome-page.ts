import type { ServiceName } from '../platform/services.ts';

const RAIN =
  '/data/seattle/weather?period=month&amp;collect=precipitation:sum&amp;start_at=2015-01-01T00:00:00Z&amp;end_at=2016-01-01T00:00:00Z';

const link = ([address, text]: readonly [string, string]) => `<li><a href="${address}">${text}</a></li>`;

/** A part of the page, with its own heading for those who jump from one to the next. */
const part = (heading: string, links: readonly (readonly [string, string])[]) =>
  `<h2>${heading}</h2>\n<ul>\n${links.map(link).join('\n')}\n</ul>`;

/** The page at the platform's origin: where to go from here. */
export function welcomePage(urls: Readonly<Record<ServiceName, string>>): string {
  const documented: ServiceName[] = ['auth', 'write-api', 'read-api', 'package-conductor'];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Flyloft</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}
li{margin:.6rem 0}</style></head>
<body><main><h1>Flyloft is running</h1>
<p>Packages and data sets are served from this address.</p>
${part('Your account', [
  ['/auth/login', 'Sign in'],
  ['/auth/settings', 'Settings: password, two-step sign-in, sessions'],
])}
<p>Not signed in before? The window of <code>npm start</code> shows the administrator's first link.</p>
${part('What is here', [
  ['/packages', 'Packages'],
  ['/api/3/cubes/', 'Cubes that anyone may query'],
  [RAIN, "Seattle's rain by month, 2015 (of the samples)"],
])}
${part(
  'Documentation of each service',
  documented.map((name) => [`${urls[name]}/docs`, name] as const),
)}
</main></body></html>`;
}
