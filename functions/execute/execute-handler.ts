import middy, { type MiddyfiedHandler } from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Kinds } from '../kinds/registry.ts';
import { executeDepsOf } from '../runtime/execute-services.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { executeBatch } from './execute-batch.ts';

/** How long a slice may work. Longer runs go on in another message. */
const SLICE_MS = 40_000;
/** Time kept for ending in good order: the kind's last calls, end and history. */
const RESERVE_MS = 15_000;

export function createExecuteHandler(
  runtime: Runtime,
  kinds?: Kinds,
): MiddyfiedHandler<SQSEvent, SQSBatchResponse, Error, Context> {
  const deps = executeDepsOf(runtime, kinds);
  return middy<SQSEvent, SQSBatchResponse, Error, Context>().handler(async (event, context) => {
    const deadline = runtime.clock.now() + Math.min(SLICE_MS, context.getRemainingTimeInMillis() - RESERVE_MS);
    const kept = await executeBatch(event.Records, deadline, deps);
    runtime.meter.flush();
    return { batchItemFailures: kept.map((itemIdentifier) => ({ itemIdentifier })) };
  });
}
