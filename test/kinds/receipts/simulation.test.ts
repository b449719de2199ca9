import { describe, expect, it } from 'vitest';
import { AtolOperator } from '../../../functions/kinds/receipts/simulator/atol-operator.ts';
import type { Fault, Faults } from '../../../functions/kinds/receipts/simulator/fault.ts';
import { OfdOperator } from '../../../functions/kinds/receipts/simulator/ofd-operator.ts';
import { createDice } from '../../simulation/dice.ts';
import { MemoryDynamoDb } from '../../support/memory-dynamodb/memory-dynamodb.ts';
import { aSale } from './support/documents.ts';
import { expectAllAtRest } from './support/invariants.ts';
import { Crash, type Outside } from './support/outside.ts';
import { SteppingClock } from './support/stepping-clock.ts';
import { TestRegister } from './support/test-register.ts';

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const SEEDS = number('SIM_SEEDS', 4);
const FIRST_SEED = number('SIM_SEED', 3);
const REGISTERS = number('SIM_REGISTERS', 6);
const RECEIPTS = number('SIM_RECEIPTS', 150);

const HTTP_FAULTS: readonly Fault[] = [
  { kind: 'refuse' },
  { kind: 'lose-answer' },
  { kind: 'hang', carriedOut: false },
  { kind: 'hang', carriedOut: true },
  { kind: 'answer', status: 503, body: '{"error":"Temporary OFD failure"}' },
  { kind: 'answer', status: 500, carriedOut: true },
  { kind: 'answer', status: 502, carriedOut: true },
  { kind: 'answer', status: 200, body: '<html></html>', carriedOut: true },
  { kind: 'answer', status: 429, headers: { 'retry-after': '7' } },
  { kind: 'answer', status: 401, body: '{"error":{"code":11,"text":"expired","type":"system"}}' },
];

const FAILURES = [
  { code: 1, text: 'waited too long', type: 'timeout' },
  { code: -3825, text: 'failed', type: 'driver' },
  { code: -3803, text: 'price', type: 'driver' },
  { code: 32, text: 'invalid', type: 'system' },
  { code: -3822, text: 'shift over 24 hours', type: 'driver' },
] as const;

interface Tally {
  crashes: number;
  lost: number;
  freezes: number;
  httpFaults: number;
}

/** One register with everything that can go wrong going wrong now and then, until the faults stop. */
async function live(seed: number, index: number, receipts: number, tally: Tally): Promise<void> {
  const { next: roll, chance: happens } = createDice(seed * 1000 + index);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(roll() * from.length)] as T;
  const provider = index % 2 === 0 ? 'ofd' : 'atol';
  const clock = new SteppingClock();
  const dynamo = new MemoryDynamoDb({ now: () => clock.now() });
  let stormy = true;
  let dead = false;
  let depth = 0;

  const faults: Faults = ({ operation }) => {
    if (!stormy || !happens(0.08)) return undefined;
    const fault = pick(HTTP_FAULTS);
    // The synchronous operator has no tokens: there a 401 would be about the credential itself.
    if (fault.kind === 'answer' && fault.status === 401 && (provider === 'ofd' || operation === 'token'))
      return undefined;
    tally.httpFaults += 1;
    return fault;
  };
  const operator =
    provider === 'ofd'
      ? new OfdOperator({
          clock,
          faults,
          duplicates: pick(['409', '200']),
          refuse: () => (stormy && happens(0.03) ? 'no' : undefined),
        })
      : new AtolOperator({ clock, faults, fail: () => (stormy && happens(0.06) ? pick(FAILURES) : undefined) });

  const outside: Outside = async (what, call) => {
    if (dead) throw new Crash('the process is dead');
    if (!stormy) return call();
    if (happens(0.006)) {
      tally.crashes += 1;
      if (happens(0.5)) await call();
      dead = true;
      throw new Crash('the process died');
    }
    if (/Command$/.test(what) && happens(0.006)) {
      tally.lost += 1;
      await call().catch(() => undefined);
      // Either the SDK tries again or it gives up.
      if (happens(0.5)) throw Object.assign(new Error('lost'), { name: 'TimeoutError' });
    }
    if (depth === 0 && happens(0.01)) {
      // Frozen for longer than the lease: another worker runs meanwhile, perhaps to its own death.
      tally.freezes += 1;
      depth += 1;
      clock.advance(90_000);
      await survive(() => register.run(happens(0.5) ? 'manual' : 'schedule'));
      dead = false;
      depth -= 1;
    }
    return call();
  };
  const config = provider === 'ofd' && happens(0.5) ? { config: { statusPath: '/ofd/v1/receipt' } } : {};
  const data = { client: dynamo.client, tableName: dynamo.tables.data };
  const register = new TestRegister({ data, operator, clock, provider, outside, ...config });

  async function survive(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof Crash) && (error as Error).name !== 'TimeoutError') throw error;
      return false;
    } finally {
      dead = false;
    }
  }
  // A person who is shown an error presses again.
  async function press(letter: string): Promise<void> {
    while (!(await survive(() => register.redrive(letter).catch(refused)))) clock.advance(50);
  }
  const mend = (): void => {
    if (!register.integration.syncEnabled) register.switchOn();
  };

  const accepted = new Map<string, string>();
  let taken = 0;
  while (taken < receipts) {
    if (happens(0.7)) {
      const key = `key-${taken}`;
      // Clients send again until they have an answer, and some send again for no reason.
      while (!(await survive(async () => accepted.set(key, await register.take(key, aSale(`Item ${taken}`))))))
        clock.advance(50);
      if (happens(0.1)) await survive(() => register.take(key, aSale(`Item ${taken}`)));
      taken += 1;
    } else if (happens(0.2)) {
      await survive(() => register.call('POST', '/v1/kkt/buffer/sync').catch(refused));
    } else {
      clock.set(Math.max(clock.now(), register.integration.nextSyncAt ?? 0));
      await survive(() => register.run());
    }
    if (happens(0.05)) mend();
    if (happens(0.05)) for (const letter of register.letters.keys()) await press(letter);
  }
  stormy = false;
  mend();
  for (;;) {
    await register.drain(5000);
    if (register.integration.syncEnabled) break;
    mend();
  }
  await expectAllAtRest(register, new Set(accepted.values()), operator.ledger);
}

/** What a client is told is no crash: 409 while something else is going on. */
function refused(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'ApiError') throw error;
}

describe('simulation', () => {
  const seeds = Array.from({ length: SEEDS }, (_, n) => FIRST_SEED + n);
  it.each(seeds)(
    'ends with one fiscal document or one dead letter for each receipt (seed %i)',
    { timeout: 3_600_000 },
    async (seed) => {
      const tally: Tally = { crashes: 0, lost: 0, freezes: 0, httpFaults: 0 };
      try {
        for (let index = 0; index < REGISTERS; index += 1) {
          await live(seed, index, Math.ceil(RECEIPTS / REGISTERS), tally);
        }
      } catch (error) {
        const again = `SIM_SEED=${seed} SIM_SEEDS=1 SIM_REGISTERS=${REGISTERS} SIM_RECEIPTS=${RECEIPTS} npx vitest run test/kinds/receipts/simulation.test.ts`;
        throw new Error(`To run it again: ${again}`, { cause: error });
      }
      for (const [fault, count] of Object.entries(tally)) expect(count, fault).toBeGreaterThan(0);
    },
  );
});
