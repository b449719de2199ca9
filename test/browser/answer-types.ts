import type { z } from 'zod';
import type * as kind from '../../console/src/api/kind-types.ts';
import type * as api from '../../console/src/api/types.ts';
import type { integrationSchema, recentSchema } from '../../functions/api/integration-view.ts';
import type { overviewSchema } from '../../functions/api/overview.ts';
import type { testResultSchema } from '../../functions/api/test-connection.ts';
import type * as carrier from '../../functions/kinds/carrier/schema.ts';
import type * as receipts from '../../functions/kinds/receipts/schema.ts';

/**
 * The console has types of its own, because it uses nothing but the public API. Here the compiler compares them with the
 * schemas the answers are made by: a field that is added, left out or changed on one side fails `npm run check`.
 */
type Read<T> = T extends readonly (infer Item)[]
  ? readonly Read<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Read<T[Name]> }
    : T;

/** `true` when each is assignable to the other. */
type Same<A, B> = [Read<A>] extends [Read<B>]
  ? [Read<B>] extends [Read<A>]
    ? true
    : 'the API says more'
  : 'it says less';

export const SAME: readonly [
  Same<api.Integration, z.output<typeof integrationSchema>>,
  Same<Pick<api.ListedIntegration, 'recent' | 'lastRecordsCount' | 'lastDurationMs'>, z.output<typeof recentSchema>>,
  Same<api.Overview, z.output<typeof overviewSchema>>,
  Same<api.TestAnswer, z.output<typeof testResultSchema>>,
  Same<Omit<kind.Device, 'dataLimitBytes'>, Omit<carrier.DeviceView, 'dataLimitBytes'>>,
  Same<kind.DeviceUsage, z.output<typeof carrier.usage>>,
  Same<{ plans: readonly kind.Plan[] }, z.output<typeof carrier.plans>>,
  Same<kind.BufferStatus, z.output<typeof receipts.bufferStatus>>,
  Same<kind.WorkerStatus, z.output<typeof receipts.workerStatus>>,
  Same<kind.BatchReport, z.output<typeof receipts.batchReport>>,
  Same<kind.ReceiptPage, z.output<typeof receipts.receiptList>>,
] = [true, true, true, true, true, true, true, true, true, true, true];
