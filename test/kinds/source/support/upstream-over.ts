import { RetryLater, UpstreamError } from '../../../../functions/model/failure.ts';
import type { Clock } from '../../../../functions/platform/clock.ts';
import type { HttpClient } from '../../../../functions/platform/http/http.ts';
import { parseJson } from '../../../../functions/platform/http/parse-json.ts';
import type { Upstream, UpstreamRequest } from '../../../../functions/platform/upstream/upstream.ts';

/** The upstream's promises about statuses, without limits and breakers. */
export function upstreamOver(http: HttpClient, clock: Clock): Upstream {
  let calls = 0;
  const send = async (request: UpstreamRequest): ReturnType<HttpClient['send']> => {
    calls += 1;
    const response = await http.send(request);
    const { status, headers } = response;
    if ((status >= 200 && status < 300) || request.accept?.includes(status)) return response;
    const seconds = Number(headers['retry-after'] ?? 30);
    if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) {
      throw new RetryLater(clock.now() + (seconds > 0 && seconds < 86_400 ? seconds : 30) * 1000, `answered ${status}`);
    }
    throw new UpstreamError(`answered ${status}`, { problem: 'status', status });
  };
  return {
    send,
    json: async (request) => {
      const { status, headers, text } = await send(request);
      return { status, headers, body: text === '' ? undefined : parseJson(text) };
    },
    get calls() {
      return calls;
    },
  };
}
