import { round, type Section } from '../report.ts';
import { LATENCY_MS, measureWorker, type WorkerSize } from './measure-worker.ts';
import { DEVICES } from './plain-kind.ts';
import type { WorkerReport } from './worker-order.ts';

export async function workerSection(size: WorkerSize): Promise<Section> {
  const engine = await measureWorker('engine', size);
  const plain = await measureWorker('straightforward', size);
  const carrier = await measureWorker('carrier', { ...size, rounds: Math.ceil(size.rounds / 3) });
  const cpu = cpuMs(engine);
  const ratio = cpu / cpuMs(plain);
  /** The usage is of one round, in which every integration is synced once. */
  const writes = ({ usage }: WorkerReport): number => usage.writeUnits / size.integrations;
  const perSecond = engine.syncs / engine.seconds;
  return {
    title: 'A worker',
    figures: [
      {
        name: 'CPU of a sync',
        value: `${round(cpu)} ms`,
        beside: `the straightforward version ${round(cpuMs(plain))} ms`,
        target: { text: '≤ 1.5 ms', met: cpu <= 1.5 },
      },
      {
        name: 'of the straightforward version’s',
        value: `${Math.round(ratio * 100)} %`,
        beside: `${round(engine.calls)} AWS calls instead of ${round(plain.calls)}, ${round(writes(engine))} write units instead of ${round(writes(plain))}`,
        target: { text: '≤ 50 %', met: ratio <= 0.5 },
      },
      {
        name: 'syncs a second',
        value: round(perSecond),
        beside: `straightforward ${round(plain.syncs / plain.seconds)}; one process; the embedded DynamoDB takes ${engine.engineCpuMs === undefined ? 'its share' : `${round(engine.engineCpuMs)} ms a sync`} of the same cores. Queue libraries on PostgreSQL or Redis: about 1,100`,
        target: { text: '≥ 400', met: perSecond >= 400 },
      },
      {
        name: 'a whole carrier sync (Hologram over HTTP)',
        value: `${round(cpuMs(carrier))} ms of CPU`,
        beside: `${round(carrier.calls)} AWS calls, ${round(carrier.syncs / carrier.seconds)} syncs a second`,
      },
    ],
    notes: [
      `One process, ${size.lanes} invocations at once with ten messages each, on the deployed runtime with its logger and metrics; a provider call of ${LATENCY_MS} ms; ${DEVICES} devices stored. The first figures are of a kind that does only that, so that what is left is the engine; the straightforward version (\`worker/straightforward.ts\`) reads, locks, logs the start, stores an item a device in one batch call, logs the end, updates and unlocks. CPU is user and system time of the worker's process: neither the engine's nor the provider's.`,
      'What a sync takes is nearly all the AWS SDK’s: 0.7 to 0.9 ms a request on this machine, and four requests. A client that signs and sends by itself took 0.3 ms a request and 1.5 ms a sync; why it was left out is in CONTRIBUTING.md.',
    ],
  };
}

const cpuMs = ({ cpuSeconds, syncs }: WorkerReport): number => (cpuSeconds / syncs) * 1000;
