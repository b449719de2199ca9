import { decodeJwt } from 'jose';
import { tokenCache } from '../../../../platform/token-cache.ts';
import { type Account, required } from '../../account.ts';
import { type CarrierApi, carrierApi, tokenAuth } from '../../carrier-api.ts';
import { requestToken } from '../../request-token.ts';
import { token } from './schema.ts';

export const TITLE = 'emnify';

/** An application token buys a session token (a JWT, which tells when it ends). */
export function emnifyApi(account: Account): CarrierApi {
  const { credentials, authBaseUrl, baseUrl, memo, clock } = account;
  const applicationToken = required(credentials.apiKey);
  const url = `${authBaseUrl ?? baseUrl}/api/v1/authenticate`;
  const tokens = tokenCache(
    memo,
    `emnify ${url}`,
    async () => {
      const answer = await requestToken(TITLE, account, token, {
        url,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ application_token: applicationToken }),
        secrets: [applicationToken],
      });
      return { value: answer.auth_token, expiresAt: endOf(answer.auth_token) };
    },
    clock,
  );
  return carrierApi(
    TITLE,
    account,
    tokenAuth(tokens, ({ value }) => ({ Authorization: `Bearer ${value}` }), [applicationToken]),
  );
}

/** Null when it does not say: then a 401 tells. */
function endOf(jwt: string): number | null {
  try {
    const { exp } = decodeJwt(jwt);
    return exp === undefined ? null : exp * 1000;
  } catch {
    return null;
  }
}
