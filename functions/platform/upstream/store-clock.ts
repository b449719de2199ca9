import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../clock.ts';
import type { StoreClock } from './limits-table.ts';

/** The Date header is cut to the second. */
const RESOLUTION_MS = 1_000;

/**
 * DynamoDB's clock, as told by the Date header of its answers. Workers whose own clocks differ by minutes would give out
 * the same token twice or wait for one that has long passed; the store is the one clock all of them see.
 *
 * An answer shows the difference only up to a second and its travelling time. A worker whose clock fits into that is left
 * alone (it is kept by NTP, exact to the millisecond); one that does not is moved just as far as is certain.
 */
export function createStoreClock({
  client,
  clock,
}: {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
}): StoreClock {
  let offset = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = clock.now();
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      const date = Date.parse(headers?.date ?? '');
      if (!Number.isNaN(date)) {
        const least = date - clock.now();
        const most = date + RESOLUTION_MS - sentAt;
        offset = Math.min(Math.max(offset, least), most);
        if (least <= 0 && most >= 0) offset = 0;
      }
      return result;
    },
    { step: 'deserialize', name: 'storeClock', priority: 'low' },
  );
  return { now: () => clock.now() + offset };
}
