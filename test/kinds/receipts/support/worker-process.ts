import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Run } from '../../../../functions/kinds/kind.ts';
import { receipts } from '../../../../functions/kinds/receipts/index.ts';
import { asIntegrationId } from '../../../../functions/model/ids.ts';
import type { Integration } from '../../../../functions/model/integration.ts';
import { systemClock } from '../../../../functions/platform/clock.ts';
import { createAddressGuard } from '../../../../functions/platform/http/address-guard.ts';
import { createHttpClient } from '../../../../functions/platform/http/http-client.ts';
import { createUpstream } from '../../../../functions/platform/upstream/open-upstream.ts';
import { recordDeadLetter } from '../../../../functions/store/dead-letters.ts';
import { tableNames } from '../../../../functions/store/tables.ts';

export interface WorkerOrder {
  readonly endpoint: string;
  readonly tablePrefix: string;
  readonly integration: Integration;
  /** Of its first run. */
  readonly token: number;
}

/** A worker in a process of its own: runs batch after batch until the queue is empty, says so, and ends. */
export async function work({ endpoint, tablePrefix, integration, token }: WorkerOrder): Promise<void> {
  const lowLevel = new DynamoDBClient({
    ...{ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
  });
  const client = DynamoDBDocumentClient.from(lowLevel, { marshallOptions: { removeUndefinedValues: true } });
  const tables = tableNames(tablePrefix);
  const guard = createAddressGuard({ allowedPrivateCidrs: ['127.0.0.0/8'] });
  const http = createHttpClient({ guard });
  const { signal } = new AbortController();
  for (let run = token; ; run += 1) {
    const deadline = Date.now() + 40_000;
    const gate = { enter: async () => ({ settle: async () => {} }), cool: async () => {} };
    const result = await receipts.sync({
      ...{
        tenantId: integration.tenantId,
        integrationId: asIntegrationId(integration.id),
        integration,
        credentials: {},
      },
      upstream: createUpstream({ http, gate, clock: systemClock, signal, deadline, secrets: [] }),
      data: { client, tableName: tables.data },
      ...{ clock: systemClock, signal, memo: new Map(), slot: Date.now(), trigger: 'schedule', token: run, deadline },
      ...{ cursor: null, checkpoint: null, continued: false },
      save: () => Promise.reject(new Error('receipts save nothing')),
      assertHeld: () => {},
      deadLetters: {
        add: async (letter) => {
          await recordDeadLetter(letter, { client, tables, clock: systemClock, dueShards: 1, horizonMs: 0 });
        },
      },
    } satisfies Run);
    console.log(result.outcome);
    if (result.outcome !== 'continue' && result.nextSyncAt === null) break;
  }
  console.log('nothing is left');
}
