import { UpstreamError, type UpstreamProblem } from '../../../functions/model/failure.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../../functions/platform/http/http.ts';

type Answer = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly problem?: UpstreamProblem;
  /** The call is outstanding until this resolves. */
  readonly after?: Promise<unknown>;
};

/** An HTTP port that answers as told; throws when nothing was said. */
export interface ScriptedHttp extends HttpClient {
  /** Answers all further requests so, until told otherwise. */
  always(answer: Answer | ((request: HttpRequest) => Answer)): void;
  readonly requests: readonly HttpRequest[];
}

export function scriptedHttp(): ScriptedHttp {
  const requests: HttpRequest[] = [];
  let answerTo: ((request: HttpRequest) => Answer) | undefined;
  return {
    requests,
    always(answer) {
      answerTo = typeof answer === 'function' ? answer : () => answer;
    },
    async send(request): Promise<HttpResponse> {
      if (answerTo === undefined) throw new Error(`scripted HTTP: no answer for ${request.url}`);
      requests.push(request);
      const { status = 200, headers = {}, text = '', problem, after } = answerTo(request);
      await after;
      if (problem !== undefined) throw new UpstreamError(`scripted ${problem}`, { problem, outcomeUnknown: true });
      return { status, headers, url: request.url, text, latencyMs: 5 };
    },
  };
}
