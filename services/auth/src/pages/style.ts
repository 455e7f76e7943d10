/** The one style sheet of auth's pages: one column, large enough to touch, light and dark. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ink: #1c2430; --soft: #566072; --paper: #f6f7f9; --card: #ffffff; --line: #8a94a6;
  --accent: #1f5fbf; --on-accent: #ffffff; --bad: #b3261e; --good: #1b6e3a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8ecf2; --soft: #aab4c3; --paper: #14181f; --card: #1d232d; --line: #69748a;
    --accent: #8ab4f8; --on-accent: #10233f; --bad: #ff9a90; --good: #86d9a3;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header, main { max-width: 30rem; margin: 0 auto; padding: 1rem; }
header a { color: var(--ink); font-weight: 700; text-decoration: none; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.15rem; margin: 0 0 .75rem; }
section, .card { background: var(--card); border-radius: .75rem; padding: 1.25rem; margin: 0 0 1rem; }
a { color: var(--accent); }
.field { margin: 0 0 1rem; }
label { display: block; font-weight: 600; margin: 0 0 .25rem; }
.hint { color: var(--soft); margin: 0 0 .25rem; font-size: .9rem; }
.error { color: var(--bad); font-weight: 600; margin: 0 0 .25rem; }
input { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--line); border-radius: .5rem; }
input[aria-invalid] { border: 2px solid var(--bad); }
button, .button { display: block; width: 100%; min-height: 2.75rem; padding: .6rem 1rem; font: inherit; font-weight: 600;
  text-align: center; text-decoration: none; cursor: pointer; border: 1px solid var(--accent); border-radius: .5rem;
  background: var(--accent); color: var(--on-accent); }
.quiet { background: transparent; color: var(--accent); }
.danger { background: transparent; color: var(--bad); border-color: var(--bad); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.notice { padding: .75rem 1rem; border-left: .3rem solid var(--good); background: var(--card); border-radius: .25rem; }
.notice.error { border-color: var(--bad); color: inherit; font-weight: 400; }
ul.plain { list-style: none; margin: 0; padding: 0; }
ul.plain > li { padding: .75rem 0; border-top: 1px solid var(--line); }
ul.plain > li:first-child { border-top: 0; padding-top: 0; }
.wide header, .wide main { max-width: 60rem; }
.wide header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; }
.wide nav { display: flex; flex-wrap: wrap; gap: .25rem .25rem; }
header nav a { padding: .6rem .5rem; font-weight: 400; border-radius: .5rem; }
header nav a[aria-current] { font-weight: 700; text-decoration: underline; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .75rem 1rem; z-index: 1; }
.wide form { max-width: 30rem; }
.wide form.filter { max-width: none; }
.wide form > button { width: auto; min-width: 12rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 11rem), 1fr)); gap: 0 1rem; }
.wide ul.plain p { margin: .25rem 0; }
.wide .button { display: inline-block; width: auto; }
/* apart, so that no finger hits the wrong one */
.actions { display: flex; flex-wrap: wrap; gap: .75rem; }
.wide li, .wide dd, .wide p { overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0 0 1rem; }
.facts dt { font-weight: 600; }
.facts dd { margin: 0; }
.pages { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; margin: 0 0 1rem; }
.pages a { padding: .6rem .25rem; }
fieldset { border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 1rem; padding: .5rem 1rem; }
legend { font-weight: 600; padding: 0 .25rem; }
.choice { display: flex; gap: .75rem; align-items: start; padding: .4rem 0; }
.choice input { width: 1.4rem; min-height: 1.4rem; height: 1.4rem; flex: none; margin: .1rem 0; }
.choice label { font-weight: 400; margin: 0; }
select, textarea { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; }
.tag { border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .6rem; font-size: .85rem; white-space: nowrap; }
.or { text-align: center; color: var(--soft); margin: 1rem 0; }
.card > :first-child { margin-top: 0; }
.stack > * + *, form > button + button, .card > form + form { margin-top: .75rem; }
code { overflow-wrap: anywhere; font-size: 1rem; }
.codes { columns: 9rem 2; padding: 0; list-style: none; font-family: ui-monospace, monospace; }
.qr { display: block; width: 12rem; height: 12rem; margin: 0 auto 1rem; background: #fff; padding: .5rem; }
`;
