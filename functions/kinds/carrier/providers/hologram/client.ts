import { UpstreamError } from '../../../../model/failure.ts';
import { type Account, required } from '../../account.ts';
import { basicAuth, type CarrierApi, carrierApi, type Query } from '../../carrier-api.ts';
import { carrierWords } from '../../failure-words.ts';
import { parseBody } from '../../wire.ts';
import { envelope } from './schema.ts';

export const TITLE = 'Hologram';

export interface HologramApi extends CarrierApi {
  /** One page of a list. */
  page(path: string, query: Query): Promise<{ readonly items: readonly unknown[]; readonly after: string | null }>;
  one(path: string): Promise<unknown>;
  /** What Hologram says of a refusal, for people. */
  refusal(error: string | null | undefined): string;
}

export function hologramApi(account: Account): HologramApi {
  // `?apikey=` works too, but an address ends up in logs.
  const auth = basicAuth('apikey', required(account.credentials.apiKey));
  const api = carrierApi(TITLE, account, auth);

  const refusal = (error: string | null | undefined): string =>
    `${TITLE} refused: ${carrierWords({ error }, auth.secrets) || 'no reason given'}`;

  const read = async (path: string, query?: Query) => {
    const { body } = await api.get(path, query);
    const answer = parseBody(envelope, body, `${TITLE}'s answer`);
    if (!answer.success) {
      throw new UpstreamError(refusal(answer.error), { problem: 'status' });
    }
    return answer;
  };

  return {
    ...api,
    refusal,
    async page(path, query) {
      const { data, continues, lastid, links } = await read(path, query);
      if (!Array.isArray(data)) throw new UpstreamError(`${TITLE}'s list is not a list`, { problem: 'bad_body' });
      if (continues !== true && !links?.next) return { items: data, after: null };
      const after = lastid ?? startAfterOf(links?.next);
      if (after === null)
        throw new UpstreamError(`${TITLE} does not say where its list goes on`, { problem: 'bad_body' });
      if (after === String(query.startafter ?? '')) {
        throw new UpstreamError(`${TITLE} gives the same page again and again`, { problem: 'bad_body' });
      }
      return { items: data, after };
    },
    one: async (path) => (await read(path)).data,
  };
}

/** Only the parameter is taken of the next-page address: calls always go to the base URL. */
function startAfterOf(next: string | null | undefined): string | null {
  if (!next) return null;
  try {
    return new URL(next, 'https://placeholder.invalid').searchParams.get('startafter');
  } catch {
    return null;
  }
}
