import { tokenCache } from '../../../../platform/token-cache.ts';
import { type Account, required } from '../../account.ts';
import { type Authorization, basicAuth, type CarrierApi, carrierApi, tokenAuth } from '../../carrier-api.ts';
import { requestToken } from '../../request-token.ts';
import { token } from './schema.ts';

export const TITLE = 'Super SIM';
export const TWILIO_BASE = 'https://supersim.twilio.com/v1';
export const KORE_BASE = 'https://supersim.api.korewireless.com/v1';
export const KORE_AUTH_BASE = 'https://api.korewireless.com';
const DEFAULT_LIFE_SECONDS = 3600;

/** The same API at two companies: Twilio signs with Basic, KORE with an OAuth token. */
export function superSimApi(account: Account): CarrierApi {
  const [key, secret] = [required(account.credentials.apiKey), required(account.credentials.apiSecret)];
  const auth = account.config.auth === 'kore' ? koreAuth(account, key, secret) : basicAuth(key, secret);
  return carrierApi(TITLE, account, auth);
}

/** The token's life is set on the client at KORE: an hour to two years. */
function koreAuth(account: Account, clientId: string, clientSecret: string): Authorization {
  const { authBaseUrl, memo, clock } = account;
  const url = `${authBaseUrl ?? KORE_AUTH_BASE}/api-services/v1/auth/token`;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const tokens = tokenCache(
    memo,
    `supersim ${url}`,
    async () => {
      const answer = await requestToken(TITLE, account, token, {
        url,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
        secrets: [clientSecret],
      });
      const seconds = answer.expires_in ?? DEFAULT_LIFE_SECONDS;
      return { value: answer.access_token, expiresAt: clock.now() + seconds * 1000 };
    },
    clock,
  );
  return tokenAuth(tokens, ({ value }) => ({ Authorization: `Bearer ${value}` }), [clientSecret]);
}
