import { describe, expect, it } from 'vitest';
import { AtolOperator } from '../../../functions/kinds/receipts/simulator/atol-operator.ts';
import type { Faults } from '../../../functions/kinds/receipts/simulator/fault.ts';
import { OfdOperator } from '../../../functions/kinds/receipts/simulator/ofd-operator.ts';
import type { SimulatedOperator } from '../../../functions/kinds/receipts/simulator/operator.ts';
import { MemoryDynamoDb } from '../../support/memory-dynamodb/memory-dynamodb.ts';
import { aSale } from './support/documents.ts';
import { expectAllAtRest } from './support/invariants.ts';
import { DISTURBANCES, type Disturbance, type DisturbanceName } from './support/outside.ts';
import { SteppingClock } from './support/stepping-clock.ts';
import { TestRegister, untilItWorks } from './support/test-register.ts';

interface Story {
  /** What the worker may meet; an operator that books whatever reaches it cannot be sent the same late. */
  readonly disturbances: readonly DisturbanceName[];
  readonly provider: 'ofd' | 'atol';
  readonly config?: Readonly<Record<string, unknown>>;
  operator(clock: SteppingClock, keys: ReadonlyMap<string, string>): SimulatedOperator;
}

/** The first send of the receipt with this name. */
const once = (wanted: (key: string | null) => boolean): ((key: string | null) => boolean) => {
  let done = false;
  return (key) => {
    if (done || !wanted(key)) return false;
    done = true;
    return true;
  };
};

const ATOL_NAMES = { broken: 'b', rejected: 'c', failing: 'd' };

const ALL = Object.keys(DISTURBANCES) as DisturbanceName[];

const STORIES: Readonly<Record<string, Story>> = {
  'an operator that knows keys': {
    disturbances: ALL,
    provider: 'ofd',
    operator: (clock, keys) =>
      new OfdOperator({
        clock,
        faults: troubles(keys),
        refuse: ({ items }) => (/bad/.test(JSON.stringify(items)) ? 'bad name' : undefined),
      }),
  },
  'an operator that knows no keys but can be asked': {
    disturbances: ['dies before the call', 'dies after the call'],
    provider: 'ofd',
    config: { statusPath: '/ofd/v1/receipt/{key}' },
    operator: (clock, keys) =>
      new OfdOperator({
        clock,
        duplicates: 'none',
        faults: troubles(keys),
        refuse: ({ items }) => (/bad/.test(JSON.stringify(items)) ? 'bad name' : undefined),
      }),
  },
  'ATOL Online': {
    disturbances: ALL,
    provider: 'atol',
    operator: (clock, keys) =>
      new AtolOperator({
        clock,
        tokenMs: 20_000,
        faults: troubles(keys),
        refuse: (_id, body) =>
          /bad/.test(JSON.stringify(body)) ? { code: 32, text: 'bad name', type: 'system' } : undefined,
        fail: (id) =>
          id === keys.get(ATOL_NAMES.failing) ? { code: 1, text: 'waited too long', type: 'timeout' } : undefined,
      }),
  },
};

/** The answer to the second receipt is lost once, the fourth meets a 503 once. */
function troubles(keys: ReadonlyMap<string, string>): Faults {
  const lost = once((key) => key !== null && key === keys.get('b'));
  const busy = once((key) => key !== null && key === keys.get('d'));
  return ({ operation, key }) => {
    if (operation !== 'send') return undefined;
    if (lost(key)) return { kind: 'lose-answer' };
    return busy(key) ? { kind: 'answer', status: 503, body: '{"error":"OFD service unavailable"}' } : undefined;
  };
}

/** Four receipts come, one is rejected, a person corrects it: from the first request to the last fiscal document. */
async function play(story: Story, name: DisturbanceName, number: number): Promise<Disturbance> {
  const clock = new SteppingClock();
  const dynamo = new MemoryDynamoDb({ now: () => clock.now() });
  const keys = new Map<string, string>();
  const operator = story.operator(clock, keys);
  const disturbance = DISTURBANCES[name](number, () => anotherWorker());
  const options = {
    ...{ data: { client: dynamo.client, tableName: dynamo.tables.data }, operator, clock, provider: story.provider },
    ...(story.config !== undefined && { config: story.config }),
  };
  const register = new TestRegister({ ...options, outside: disturbance.outside });
  const restart = (): void => disturbance.restart();
  async function anotherWorker(): Promise<void> {
    clock.advance(90_000);
    await register.run();
    clock.advance(10_000);
    await register.run();
  }

  for (const letter of ['a', 'b', 'c', 'd']) {
    const receiptId = await untilItWorks(
      () => register.take(`key-${letter}`, aSale(letter === 'c' ? 'bad name' : `Lens ${letter}`)),
      restart,
    );
    keys.set(letter, receiptId);
  }
  await untilItWorks(() => register.drain(), restart);
  for (const letter of register.letters.keys()) {
    await untilItWorks(() => register.redrive(letter, aSale('good name')), restart);
  }
  await untilItWorks(() => register.drain(), restart);
  const calls = disturbance.calls();
  disturbance.restart();
  const { synced } = await expectAllAtRest(register, new Set(keys.values()), operator.ledger);
  expect(synced.length).toBe(4);
  return { ...disturbance, calls: () => calls };
}

describe.each(Object.entries(STORIES))('%s', (_title, story) => {
  it.each(story.disturbances)(
    'ends with one fiscal document each when a worker %s, whichever call it is',
    async (name) => {
      const calls = (await play(story, name, 0)).calls();
      expect(calls).toBeGreaterThan(40);
      for (let number = 1; number <= calls; number += 1) {
        try {
          const disturbance = await play(story, name, number);
          expect(disturbance.happened()).toBe(true);
        } catch (error) {
          throw new Error(`call ${number} of ${calls}`, { cause: error });
        }
      }
    },
  );
});
