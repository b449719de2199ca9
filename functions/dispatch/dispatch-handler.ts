import middy, { type MiddyfiedHandler } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Runtime } from '../runtime/runtime.ts';
import { databaseOf, queuesOf } from '../runtime/services.ts';
import { type DispatchSummary, dispatchDue } from './dispatch-due.ts';

/** What EventBridge Scheduler sends; a dispatcher may be given some of the shards. */
export interface Tick {
  readonly shards?: readonly number[];
}

const CLOSE_TO_SECOND_MS = 50;
/** Time kept for ending in good order. */
const RESERVE_MS = 3_000;

export function createDispatchHandler(runtime: Runtime): MiddyfiedHandler<Tick, DispatchSummary, Error, Context> {
  const { clock, log, meter, settings } = runtime;
  const db = databaseOf(runtime);
  const queues = queuesOf(runtime);
  const allShards = Array.from({ length: settings.DUE_SHARDS }, (_, shard) => shard);

  return middy<Tick, DispatchSummary, Error, Context>().handler(async (tick, context) => {
    const startedAt = clock.now();
    // Slots are whole seconds and so are SQS delays: counted from a whole second they meet, counted from between two seconds
    // every run would be late by the rest.
    const past = startedAt % 1000;
    if (past > CLOSE_TO_SECOND_MS) await clock.sleep(1000 - past);
    const deadline = startedAt + context.getRemainingTimeInMillis() - RESERVE_MS;
    const summary = await dispatchDue(tick.shards ?? allShards, { db, queues, clock, deadline });
    const seconds = (clock.now() - startedAt) / 1000;
    meter.add('Tick', 1);
    meter.add('SlotsDispatched', summary.slots);
    meter.add('Overdue', summary.overdue);
    meter.add('OldestOverdueSeconds', summary.oldestOverdueMs / 1000);
    meter.add('TickSeconds', seconds);
    // Told in the answer about each statement, not as an error that the client could count.
    if (summary.throttled > 0) meter.add('ThrottledByDynamoDB', summary.throttled);
    meter.flush();
    if (summary.notSent > 0 || summary.throttled > 0 || !summary.complete) {
      log.warn('a tick could not enqueue everything; the next one goes on, oldest first', { ...summary });
    } else {
      log.info(`tick: ${summary.slots} slots enqueued`, { ...summary, seconds });
    }
    return summary;
  });
}
