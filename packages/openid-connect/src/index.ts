export { createOpenIdClient } from './openid-client.ts';
