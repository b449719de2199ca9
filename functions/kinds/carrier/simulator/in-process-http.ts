import { UpstreamError } from '../../../model/failure.ts';
import type { HttpClient } from '../../../platform/http/http.ts';
import type { SimulatedCarrier, SimulatedResponse } from './simulated-carrier.ts';

/** The simulated carriers behind the HTTP port, without a socket. An address that is none of theirs is an error. */
export function inProcessHttp(...carriers: readonly SimulatedCarrier[]): HttpClient {
  return {
    async send(request) {
      const carrier = carriers.find(({ baseUrl }) => request.url.startsWith(baseUrl));
      if (carrier === undefined) throw new Error(`no simulated carrier at ${new URL(request.url).origin}`);
      const answer = carrier.handle({
        method: request.method ?? 'GET',
        path: request.url.slice(carrier.baseUrl.length),
        headers: lowerCase(request.headers ?? {}),
        body: request.body ?? '',
        baseUrl: carrier.baseUrl,
      });
      if (answer.lost) throw lostAnswer();
      return toHttpResponse(answer, request.url);
    },
  };
}

const toHttpResponse = ({ status, headers, body }: SimulatedResponse, url: string) => ({
  status,
  headers,
  url,
  text: body,
  latencyMs: 0,
});

const lostAnswer = (): UpstreamError =>
  new UpstreamError('the connection broke off before the answer came', { problem: 'connection', outcomeUnknown: true });

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
