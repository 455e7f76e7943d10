import type { Request, Response } from 'express';
import { type Html, html } from './html.ts';

const STYLE = `
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff; overflow-wrap: anywhere }
  h1 { line-height: 1.2; font-size: clamp(1.5rem, 6vw, 2.2rem) } input[type=file] { max-width: 100% }
  a { color: #00489c } table { border-collapse: collapse } caption { text-align: left; font-weight: bold; padding: .5rem 0 }
  th, td { border: 1px solid #767676; padding: .3rem .6rem; text-align: left; max-width: 20rem; overflow-wrap: anywhere }
  .scroll { overflow-x: auto } .errors { border: 4px solid #b00020; padding: 0 1rem } .done { border: 4px solid #00661f; padding: 0 1rem }
  button, input { font: inherit } button { padding: .4rem 1rem; margin: 0 .5rem .5rem 0 } label { display: block; font-weight: bold }
  :focus-visible { outline: 3px solid #00489c; outline-offset: 2px }
`;

/** Sends a whole page. Pages hold what is for one person only, so nothing keeps them. */
export function sendPage(
  _req: Request,
  res: Response,
  status: number,
  page: { readonly title: string; readonly body: Html },
): void {
  const { title, body } = page;
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title} – Flyloft</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  res.status(status).set('Cache-Control', 'no-store').type('html').send(document.html);
}
