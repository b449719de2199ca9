import { type CredentialVault, createCredentialVault } from '../platform/credentials/credential-vault.ts';
import { createNotifier, type Notifier } from '../platform/notifier.ts';
import { createQueues, type Queues } from '../platform/queues.ts';
import { addEvent, hasEvent } from '../store/events.ts';
import type { HistoryDatabase } from '../store/history.ts';
import { tableNames } from '../store/tables.ts';
import type { Runtime } from './runtime.ts';
import { horizonMsOf } from './settings.ts';

/** What every handler shares, made from a runtime. What only runs need is in execute-services.ts: it carries every kind. */

export function databaseOf({
  dynamo,
  settings,
  clock,
}: Pick<Runtime, 'dynamo' | 'settings' | 'clock'>): HistoryDatabase {
  return {
    client: dynamo,
    tables: tableNames(settings.TABLE_PREFIX),
    clock,
    dueShards: settings.DUE_SHARDS,
    horizonMs: horizonMsOf(settings),
    historyDays: settings.RETENTION_DAYS,
  };
}

export function queuesOf({ sqs, settings, clock }: Runtime): Queues {
  return createQueues(sqs, settings.QUEUE_URLS, clock);
}

export function vaultOf({ keys, clock, dynamo, settings }: Runtime): CredentialVault {
  return createCredentialVault({
    keys,
    clock,
    tenants: { client: dynamo, tableName: tableNames(settings.TABLE_PREFIX).tenants },
  });
}

export function notifierOf(runtime: Runtime): Notifier {
  const db = { ...databaseOf(runtime), ids: runtime.ids };
  return createNotifier({
    wasTold: ({ tenantId, id }) => hasEvent(tenantId, id, db),
    addEvent: ({ tenantId, ...event }) => addEvent(tenantId, event, db),
    publish: runtime.publish,
    log: runtime.log,
  });
}
