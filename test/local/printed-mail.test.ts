import { afterAll, beforeAll, expect, it } from 'vitest';
import { asTenantId } from '../../functions/model/ids.ts';
import { type Log, silentLog } from '../../functions/platform/log.ts';
import type { Notice } from '../../functions/platform/notifier.ts';
import { changeSettings } from '../../functions/store/settings.ts';
import { printedMail } from '../../local/printed-mail.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/embedded-aws.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

let dynamo: TestDynamoDb;
beforeAll(async () => {
  dynamo = await startTestDynamoDb();
});
afterAll(() => dynamo.close());

const notice = (tenantId: string): Notice => ({
  tenantId: asTenantId(tenantId),
  integrationId: null,
  kind: 'carrier',
  type: 'disabled',
  severity: 'critical',
  message: 'Fleet was switched off',
});

it('says to whom a notice would be mailed, and nothing where nobody is named', async () => {
  const lines: string[] = [];
  const log: Log = { ...silentLog, info: (line) => void lines.push(line) };
  const db = { ...dynamo, clock: new VirtualClock(), dueShards: 4, horizonMs: 1 };
  const { publish } = printedMail(db, log);
  await changeSettings(asTenantId('acme'), { notificationEmail: 'ops@acme.example' }, db);
  await publish(notice('acme'));
  await publish(notice('other'));
  expect(lines).toEqual(['to ops@acme.example: Fleet was switched off']);
});
