import type { HttpResponse } from '../../../../platform/http/http.ts';
import { type Account, required } from '../../account.ts';
import { basicAuth, type CarrierApi, carrierApi } from '../../carrier-api.ts';

export const TITLE = 'IoT Control Center';
/** Its own word for "too many calls", with another status than 429. */
const RATE_LIMIT = /"errorCode"\s*:\s*"?40000029\b/;

/** User name and API key, in Basic. */
export function jasperApi(account: Account): CarrierApi {
  const auth = basicAuth(required(account.credentials.username), required(account.credentials.apiKey));
  return carrierApi(TITLE, account, auth, { isRateLimit });
}

const isRateLimit = ({ text }: HttpResponse): boolean => RATE_LIMIT.test(text);
