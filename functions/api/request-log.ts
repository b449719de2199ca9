import type middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describeError } from '../platform/describe-error.ts';
import { redact } from '../platform/redact.ts';
import type { Answer } from './answer.ts';
import type { ApiDeps } from './api-route.ts';
import { callerOf } from './authenticate.ts';
import { toErrorAnswer } from './error-answer.ts';

/** One line per request: who asked for what, what was answered, how long it took. Never a body, a header or a query. */
export function requestLog({
  clock,
  log,
}: Pick<ApiDeps, 'clock' | 'log'>): middy.MiddlewareObj<APIGatewayProxyEventV2, Answer> {
  const startedAt = new WeakMap<APIGatewayProxyEventV2, number>();
  const fieldsOf = (event: APIGatewayProxyEventV2, response: Answer | null | undefined): Record<string, unknown> => {
    const { http, requestId } = event.requestContext;
    const caller = callerOf(event);
    return {
      requestId,
      method: http.method,
      path: http.path,
      status: response?.statusCode,
      tenantId: caller?.tenantId,
      role: caller?.role,
      ms: clock.now() - (startedAt.get(event) ?? clock.now()),
    };
  };
  return {
    before({ event }) {
      startedAt.set(event, clock.now());
    },
    after({ event, response }) {
      log.info('request', fieldsOf(event, response));
    },
    onError({ event, response, error }) {
      const { code, message, unexpected } = toErrorAnswer(error, clock);
      const fields = { ...fieldsOf(event, response), code };
      if (unexpected) log.error('request failed', { ...fields, error: describeError(error) });
      else log.info('request', { ...fields, reason: redact(message) });
    },
  };
}
