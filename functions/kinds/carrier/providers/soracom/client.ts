import { tokenCache } from '../../../../platform/token-cache.ts';
import { type Account, required } from '../../account.ts';
import { type CarrierApi, carrierApi, tokenAuth } from '../../carrier-api.ts';
import { requestToken } from '../../request-token.ts';
import { token } from './schema.ts';

export const TITLE = 'Soracom';
/** The caller chooses how long a token lives; two days is the most. */
const LIFE_SECONDS = 86_400;

/** An auth key buys an API key and a token; both go with every call. */
export function soracomApi(account: Account): CarrierApi {
  const { credentials, authBaseUrl, baseUrl, memo, clock } = account;
  const [authKeyId, authKey] = [required(credentials.apiKey), required(credentials.apiSecret)];
  const url = `${authBaseUrl ?? baseUrl}/auth`;
  const tokens = tokenCache(
    memo,
    `soracom ${url}`,
    async () => {
      const answer = await requestToken(TITLE, account, token, {
        url,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ authKeyId, authKey, tokenTimeoutSeconds: LIFE_SECONDS }),
        secrets: [authKey],
      });
      return { value: answer.token, apiKey: answer.apiKey, expiresAt: clock.now() + LIFE_SECONDS * 1000 };
    },
    clock,
  );
  const toHeaders = ({ value, apiKey }: { readonly value: string; readonly apiKey: string }) => ({
    'X-Soracom-API-Key': apiKey,
    'X-Soracom-Token': value,
  });
  return carrierApi(TITLE, account, tokenAuth(tokens, toHeaders, [authKey]));
}
