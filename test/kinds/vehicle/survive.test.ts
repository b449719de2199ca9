import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chance } from '../../../functions/kinds/vehicle/simulator/sensors.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { MemoryDynamoDb } from '../../support/memory-dynamodb/memory-dynamodb.ts';
import { aPulledVehicle, CallCounter, Crash, differences, START } from './harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Runs until one has come to its end, as the schedule would. */
async function untilDone({ vehicle, clock }: Pick<ReturnType<typeof aPulledVehicle>, 'vehicle' | 'clock'>) {
  for (let attempt = 0; attempt < 5; attempt++) {
    const { result, error } = await vehicle.run();
    if (result?.outcome === 'success') return result;
    if (error !== undefined && !(error instanceof Crash)) throw error;
    clock.pass(30_000);
  }
  throw new Error('the vehicle does not get going again');
}

interface Scene extends ReturnType<typeof aPulledVehicle> {
  /** What must be stored in the end; `until` left out: everything up to now. */
  readonly since: number;
  readonly until?: number;
}

/**
 * The worker dies at every call there is, before it and after it. Each time the vehicle is read again until all is stored,
 * and nothing is there twice.
 */
async function dieEverywhere(prepare: () => Promise<Scene>): Promise<number> {
  const calm = await prepare();
  const { outside } = await calm.vehicle.run();
  for (let call = 1; call <= outside; call++) {
    for (const when of ['before', 'after'] as const) {
      const scene = await prepare();
      const { clock, simulated, vehicle, since } = scene;
      const counter = new CallCounter({ call, when });
      const { error } = await vehicle.run(counter);
      expect(counter.died).toBe(true);
      expect(error).toBeInstanceOf(Crash);
      clock.pass(30_000);
      await untilDone(scene);
      const until = scene.until ?? clock.now();
      const wrong = differences(await vehicle.stored(since, until), simulated.truth(since, until));
      expect({ call, when, wrong }).toEqual({ call, when, wrong: [] });
    }
  }
  return outside;
}

describe('a worker that dies at any call', () => {
  it('of an ordinary run leaves nothing out and nothing twice', async () => {
    const calls = await dieEverywhere(async () => {
      const alarms = { everyMs: MINUTE, lastsMs: 30_000 };
      const all = aPulledVehicle(db, { alarms });
      await all.vehicle.run();
      all.clock.pass(30_000);
      return { ...all, since: START - MINUTE };
    });
    expect(calls).toBeGreaterThan(6);
  });

  it('of a run that fills a gap window by window', async () => {
    const calls = await dieEverywhere(async () => {
      // Ten-minute windows, one of them across the hour.
      const all = aPulledVehicle(new MemoryDynamoDb(), { channels: 2, periodMs: 20_000, rowLimit: 70 });
      all.clock.pass(35 * MINUTE);
      const since = all.clock.now() - MINUTE;
      await all.vehicle.run();
      all.clock.pass(40 * MINUTE);
      return { ...all, since };
    });
    expect(calls).toBeGreaterThan(12);
  });

  it('of a run that adds to the last block', async () => {
    await dieEverywhere(async () => {
      const all = aPulledVehicle(db, { channels: 2, periodMs: 10_000 });
      for (let run = 0; run < 3; run++) {
        await all.vehicle.run();
        all.clock.pass(30_000);
      }
      return { ...all, since: START - MINUTE };
    });
  });

  it('of a run that stores late rows', async () => {
    const calls = await dieEverywhere(async () => {
      const late = { share: 0.3, byMs: 20_000 };
      const all = aPulledVehicle(db, { channels: 3, periodMs: 5_000, late }, { config: { lookbackSeconds: 90 } });
      await all.vehicle.run();
      all.clock.pass(30_000);
      await all.vehicle.run();
      all.clock.pass(25_000);
      return { ...all, since: START - MINUTE, until: all.clock.now() - 20_000 };
    });
    expect(calls).toBeGreaterThan(6);
  });
});

describe('a worker that was frozen', () => {
  it('and wakes up after another has taken over adds nothing twice and takes nothing away', async () => {
    for (const call of [4, 5]) {
      const all = aPulledVehicle(db, { channels: 25 });
      await all.vehicle.run();
      all.clock.pass(30_000);
      // It is about to store, has asked whether it holds the lease, and stops.
      let wake = (): void => undefined;
      const awake = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const counter = new FreezingCounter(call, awake);
      const frozen = all.vehicle.run(counter);
      await counter.frozen;
      all.clock.pass(60_000);
      await all.vehicle.run();
      const { cursor } = all.vehicle;
      wake();
      await frozen;
      // A cursor that the frozen worker would have set belongs to the engine to refuse.
      all.vehicle.cursor = cursor;
      all.clock.pass(30_000);
      await all.vehicle.run();
      expect(differences(await all.vehicle.stored(), all.simulated.truth(START - MINUTE, all.clock.now()))).toEqual([]);
    }
  });
});

class FreezingCounter extends CallCounter {
  readonly frozen: Promise<void>;
  private reached: () => void = () => undefined;
  private readonly call: number;
  private readonly awake: Promise<void>;
  constructor(call: number, awake: Promise<void>) {
    super();
    this.call = call;
    this.awake = awake;
    this.frozen = new Promise((resolve) => {
      this.reached = resolve;
    });
  }
  override async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.calls + 1 === this.call) {
      this.calls++;
      this.reached();
      await this.awake;
      return work();
    }
    return super.through(work);
  }
}

describe('several days', () => {
  it.each([1, 2, 3, 4])(
    'with outages, crashes, truncation, late rows and a wrong clock end with each measurement stored once (seed %i)',
    async (seed) => {
      const late = { share: 0.01, byMs: 9 * MINUTE };
      const { clock, simulated, vehicle, faults } = aPulledVehicle(
        new MemoryDynamoDb(),
        { seed, channels: 3, periodMs: MINUTE, rowLimit: 200, nulls: 0.02, late },
        { config: { lookbackSeconds: 1200 } },
      );
      faults.clockOffsetMs = seed === 2 ? -7 * MINUTE : 0;
      const happened = { crashes: 0, failures: 0, outages: 0, slices: 0 };
      let offlineUntil = 0;
      await vehicle.run();
      const began = clock.now();
      for (let run = 1; clock.now() < began + 3 * 24 * HOUR; run++) {
        clock.pass(5 * MINUTE);
        const dice = (about: number) => chance(seed, run, about);
        if (clock.now() > offlineUntil && dice(1) < 0.02) {
          // Mostly an hour or two, once in a while more than a day.
          offlineUntil = clock.now() + (dice(2) < 0.2 ? 26 * HOUR : dice(3) * 3 * HOUR);
          happened.outages++;
        }
        faults.offline = clock.now() < offlineUntil;
        faults.slow = dice(4) < 0.04;
        faults.dbDown = dice(5) < 0.04;
        faults.broken = dice(6) < 0.04 ? ['/data'] : dice(7) < 0.05 ? ['/alarms', '/channels'] : [];
        const crash =
          dice(8) < 0.15
            ? ({ call: 1 + Math.floor(dice(9) * 10), when: dice(10) < 0.5 ? 'before' : 'after' } as const)
            : undefined;
        const { result, error, slices } = await vehicle.run(new CallCounter(crash));
        if (error instanceof Crash) happened.crashes++;
        else if (error !== undefined) throw error;
        if (result?.outcome === 'error') happened.failures++;
        happened.slices += slices - 1;
      }
      Object.assign(faults, { offline: false, slow: false, dbDown: false, broken: [] });
      for (let run = 0; run < 6; run++) {
        clock.pass(5 * MINUTE);
        expect((await vehicle.run()).result?.outcome).toBe('success');
      }
      expect(happened.crashes).toBeGreaterThan(20);
      expect(happened.failures).toBeGreaterThan(20);
      expect(happened.outages).toBeGreaterThan(1);
      const since = START - MINUTE;
      const told = clock.now() + faults.clockOffsetMs - 30 * MINUTE;
      const stored = await vehicle.stored(since, told);
      expect(differences(stored, simulated.truth(since, told))).toEqual([]);
      expect(stored.size).toBeGreaterThan(12_000);
    },
  );
});
