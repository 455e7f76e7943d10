// Makes the first administrator; run at every start. Prints one line of JSON on standard output:
//   {"created":true,"token":"fl_pat_…","sign_in_url":"…"}     the only time that these are shown
//   {"created":false,"sign_in_link_used":true|false}          there is one; true also when the link has expired
import { loadConfiguration, start } from '@flyloft/service-kit';
import { administratorConfiguration } from '../config.ts';
import { createOneTimeLink } from '../links/one-time-link.ts';
import { ensureAdministrator } from '../postgres/administrator.ts';
import { createDatabase } from '../postgres/database.ts';
import { createPersonalAccessToken } from '../tokens/personal-access-token.ts';

const TOKEN_LIFE_MILLISECONDS = 365 * 86_400_000;

await start('create-administrator', async () => {
  const config = loadConfiguration(administratorConfiguration, process.env);
  const database = createDatabase(config.DATABASE_URL);
  try {
    const now = new Date();
    const token = createPersonalAccessToken();
    const { url, link } = createOneTimeLink('sign-in', config.EXTERNAL_ADDRESS, now);
    const tokenExpiresAt = new Date(now.getTime() + TOKEN_LIFE_MILLISECONDS);
    const first = { email: config.ADMINISTRATOR_EMAIL, token, tokenExpiresAt, link };
    const outcome = await ensureAdministrator(database, first, now);
    const answer = outcome.created
      ? { created: true, token: token.token, sign_in_url: url }
      : { created: false, sign_in_link_used: outcome.signInLinkUsed };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  } finally {
    await database.$disconnect();
  }
});
