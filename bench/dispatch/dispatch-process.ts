import { createDispatchHandler } from '../../functions/dispatch/dispatch-handler.ts';
import { lambdaRuntime } from '../../functions/runtime/lambda-runtime.ts';
import { callsOf, meterCapacity, type Usage } from '../capacity.ts';
import { lambdaContext, MIDDY_OPTIONS } from '../rig.ts';

/** One dispatcher, measured by itself: ticks at the times it is told, and says what each took. */
export interface TickOrder {
  /** How far ahead of the true time each tick takes place, ms. */
  readonly ahead: readonly number[];
}

export interface TickReport {
  readonly slots: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly dynamoCalls: number;
  readonly usage: Usage;
}

async function carryOut({ ahead }: TickOrder): Promise<readonly TickReport[]> {
  const real = lambdaRuntime();
  const capacity = meterCapacity(real.dynamo);
  let shift = 0;
  const clock = { ...real.clock, now: () => real.clock.now() + shift };
  const dispatch = createDispatchHandler({ ...real, clock });
  const reports: TickReport[] = [];
  for (const each of ahead) {
    shift = each;
    capacity.reset();
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    const summary = await dispatch({}, lambdaContext(900_000), MIDDY_OPTIONS);
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    if (!summary?.complete || summary.throttled + summary.notSent + summary.refused > 0) {
      throw new Error(`a tick did not get everything done: ${JSON.stringify(summary)}`);
    }
    const usage = capacity.usage();
    reports.push({
      slots: summary.slots,
      seconds,
      cpuSeconds: (user + system) / 1e6,
      dynamoCalls: callsOf(usage),
      usage,
    });
  }
  return reports;
}

process.once('message', (order) => {
  carryOut(order as TickOrder).then(
    (report) => process.send?.({ report }, () => process.exit()),
    (error) => process.send?.({ problem: String(error) }, () => process.exit()),
  );
});
