import { RetryLater, UpstreamError } from '../../../../model/failure.ts';
import { type Account, required } from '../../account.ts';
import { basicAuth, type CarrierApi, carrierApi } from '../../carrier-api.ts';
import { refusal } from './schema.ts';

export const TITLE = 'IoT Control Center';
/** Its own word for "too many calls", with another status than 429. */
const RATE_LIMIT_CODE = '40000029';
const COOL_DOWN_MS = 30_000;

/** User name and API key, in Basic. */
export function jasperApi(account: Account): CarrierApi {
  const auth = basicAuth(required(account.credentials.username), required(account.credentials.apiKey));
  const api = carrierApi(TITLE, account, auth);
  return {
    ...api,
    async get(path, query) {
      const answer = await api.get(path, query, [400, 403]);
      if (answer.status < 400) return answer;
      const { data } = refusal.safeParse(answer.body);
      if (data?.errorCode === RATE_LIMIT_CODE) {
        throw new RetryLater(account.clock.now() + COOL_DOWN_MS, `${TITLE} asks for a pause (too many calls).`);
      }
      throw new UpstreamError(`${TITLE} answered ${answer.status}`, { status: answer.status, problem: 'status' });
    },
  };
}
