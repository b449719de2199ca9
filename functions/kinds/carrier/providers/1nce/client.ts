import { tokenCache } from '../../../../platform/token-cache.ts';
import { type Account, required } from '../../account.ts';
import { type CarrierApi, carrierApi, tokenAuth } from '../../carrier-api.ts';
import { requestToken } from '../../request-token.ts';
import { token } from './schema.ts';

export const TITLE = '1NCE';
const DEFAULT_LIFE_SECONDS = 3600;

/** OAuth client credentials; a token lives an hour. */
export function onceApi(account: Account): CarrierApi {
  const { credentials, authBaseUrl, baseUrl, memo, clock } = account;
  const [id, secret] = [required(credentials.apiKey), required(credentials.apiSecret)];
  const url = `${authBaseUrl ?? baseUrl}/oauth/token`;
  const basic = Buffer.from(`${id}:${secret}`).toString('base64');
  const tokens = tokenCache(
    memo,
    `1nce ${url}`,
    async () => {
      const answer = await requestToken(TITLE, account, token, {
        url,
        headers: { Authorization: `Basic ${basic}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ grant_type: 'client_credentials' }),
        secrets: [secret, basic],
      });
      const seconds = answer.expires_in ?? DEFAULT_LIFE_SECONDS;
      return { value: answer.access_token, expiresAt: clock.now() + seconds * 1000 };
    },
    clock,
  );
  return carrierApi(
    TITLE,
    account,
    tokenAuth(tokens, ({ value }) => ({ Authorization: `Bearer ${value}` }), [secret, basic]),
  );
}
