import type { ServiceName } from '../platform/services.ts';

/** The page at the platform's origin: where to go from here. */
export function welcomePage(urls: Readonly<Record<ServiceName, string>>): string {
  const documented: ServiceName[] = ['auth', 'write-api', 'read-api', 'package-conductor'];
  const links = documented.map((name) => `<li><a href="${urls[name]}/docs">${name}</a></li>`).join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Flyloft</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}</style></head>
<body><h1>Flyloft is running</h1>
<p>Packages and data sets are served from this address. See what is here:</p>
<ul><li><a href="/api/3/cubes/">Cubes that anyone may query</a></li>
<li><a href="/data/seattle/weather?period=month&amp;collect=precipitation:sum&amp;start_at=2015-01-01T00:00:00Z&amp;end_at=2016-01-01T00:00:00Z">Seattle's rain by month, 2015</a></li></ul>
<p>The documentation of each service:</p>
<ul>
${links}
</ul></body></html>`;
}
