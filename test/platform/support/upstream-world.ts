import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { asIntegrationId, asTenantId } from '../../../functions/model/ids.ts';
import {
  type BreakerEvent,
  createUpstreamFactory,
  type UpstreamRun,
} from '../../../functions/platform/upstream/upstream-client.ts';
import type { TestDynamoDb } from '../../support/embedded-aws.ts';
import { countedClient } from './counted-client.ts';
import { scriptedHttp } from './scripted-http.ts';
import { virtualClock } from './virtual-clock.ts';

let worlds = 0;
export const ORIGIN = 'https://api.carrier.example';
export const url = `${ORIGIN}/sims?key=canary-in-query`;

/** One upstream, one table, workers that share nothing else. */
export function anUpstreamWorld(db: TestDynamoDb) {
  const counted = countedClient(db.client);
  const clock = virtualClock(counted.busy);
  const http = scriptedHttp();
  http.always({ text: '{"ok":true}' });
  const tenantId = asTenantId(`tenant-${++worlds}`);
  const events: BreakerEvent[] = [];
  const warnings: string[] = [];

  const aWorker = () => {
    const factory = createUpstreamFactory({
      http,
      limits: { client: counted.client, tableName: db.tables.limits },
      clock,
      onBreaker: (event) => void events.push(event),
      log: { warn: (message) => void warnings.push(message) },
    });
    const aRun = (run: Partial<UpstreamRun> = {}) =>
      factory.open({
        tenantId,
        integrationId: asIntegrationId('integration-1'),
        kind: 'carrier',
        provider: 'hologram',
        kindHasBreaker: true,
        credentialId: 'credential-1',
        rateLimit: null,
        deadline: clock.now() + 40_000,
        signal: new AbortController().signal,
        secrets: ['canary-secret'],
        ...run,
      });
    return { aRun, breaker: (of = url) => factory.breaker(tenantId, of) };
  };
  const stored = async (origin = ORIGIN) =>
    (
      await db.client.send(
        new GetCommand({
          TableName: db.tables.limits,
          Key: { pk: `breaker#${tenantId}#${origin}` },
          ConsistentRead: true,
        }),
      )
    ).Item;
  return { clock, http, counted, events, warnings, aWorker, stored, tenantId };
}

export type UpstreamWorld = ReturnType<typeof anUpstreamWorld>;

/** What a promise is rejected with; throws when it is not. */
export const thrown = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => {
      throw new Error(`it did not fail but answered ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
