import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AtolOperator } from '../../../functions/kinds/receipts/simulator/atol-operator.ts';
import { OfdOperator } from '../../../functions/kinds/receipts/simulator/ofd-operator.ts';
import { ABSENT, openPartition } from '../../../functions/kinds/receipts/store.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { aSale } from './support/documents.ts';
import { expectAllAtRest } from './support/invariants.ts';
import { DISTURBANCES, type DisturbanceName } from './support/outside.ts';
import { SteppingClock } from './support/stepping-clock.ts';
import { TestRegister, untilItWorks } from './support/test-register.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

interface Capacity {
  readonly CapacityUnits?: number;
}

/** Adds up what every write costs, tables and indexes. */
function metered(client: DynamoDBDocumentClient): { client: DynamoDBDocumentClient; units(): number } {
  let units = 0;
  const send = async (command: { input: Record<string, unknown>; constructor: { name: string } }): Promise<unknown> => {
    const writes = /^(Put|Update|Delete|TransactWrite)Command$/.test(command.constructor.name);
    if (writes) command.input.ReturnConsumedCapacity = 'TOTAL';
    const answer = (await client.send(command as never)) as { ConsumedCapacity?: Capacity | Capacity[] };
    if (writes) {
      const consumed = [answer.ConsumedCapacity ?? []].flat();
      expect(consumed.length).toBeGreaterThan(0);
      units += consumed.reduce((all, { CapacityUnits = 0 }) => all + CapacityUnits, 0);
    }
    return answer;
  };
  return { client: { send } as unknown as DynamoDBDocumentClient, units: () => units };
}

let registers = 0;
const nextId = (): string => `register-${++registers}`;

describe('on the embedded engine', () => {
  it.each([
    ['ofd', 5],
    ['atol', 6],
  ] as const)(
    'a receipt at %s costs %i write units from intake to synced, also with twenty items',
    async (provider, expected) => {
      const clock = new SteppingClock();
      const operator = provider === 'ofd' ? new OfdOperator({ clock }) : new AtolOperator({ clock });
      const meter = metered(db.client);
      const data = { client: meter.client, tableName: db.tables.data };
      const register = new TestRegister({ data, operator, clock, provider, id: nextId() });
      const items = Array.from({ length: 20 }, (_, n) => ({
        ...{ name: `Контактные линзы, пара № ${n}`, price: 99.9 + n, quantity: 1, total: 99.9 + n, vat_rate: 20 },
      }));
      const amount = Number(items.reduce((all, item) => all + item.total, 0).toFixed(2));
      await register.take('small', aSale());
      await register.take('big', { type: 'sale', items, payments: [{ type: 'card', amount }] });
      await register.drain();
      expect(await register.status()).toMatchObject({ synced: 2 });
      expect(meter.units()).toBe(2 * expected);
      expect(expected).toBeLessThanOrEqual(6);
      // A register with nothing to do writes nothing.
      await register.run();
      expect(meter.units()).toBe(2 * expected);
      expect((await register.list('synced')).map(({ fiscal_doc }) => (fiscal_doc as { items: unknown }).items)).toEqual(
        [items, aSale().items],
      );
    },
  );

  const lives: [DisturbanceName, 'ofd' | 'atol'][] = [
    ['dies after the call', 'ofd'],
    ['makes the call twice', 'atol'],
  ];
  it.each(lives)('all ends well when a worker %s (%s)', async (name, provider) => {
    const play = async (number: number): Promise<number> => {
      const clock = new SteppingClock();
      const operator =
        provider === 'ofd'
          ? new OfdOperator({
              clock,
              refuse: ({ items }) => (JSON.stringify(items).includes('bad') ? 'no' : undefined),
            })
          : new AtolOperator({
              clock,
              refuse: (_id, body) =>
                JSON.stringify(body).includes('bad') ? { code: 32, text: 'no', type: 'system' } : undefined,
            });
      const disturbance = DISTURBANCES[name](number, () => Promise.reject(new Error('nothing freezes here')));
      const data = { client: db.client, tableName: db.tables.data };
      const register = new TestRegister({
        data,
        operator,
        clock,
        provider,
        id: nextId(),
        outside: disturbance.outside,
      });
      const restart = (): void => disturbance.restart();
      const accepted = new Set<string>();
      for (const name of ['good', 'bad']) {
        accepted.add(await untilItWorks(() => register.take(name, aSale(name)), restart));
      }
      await untilItWorks(() => register.drain(), restart);
      for (const letter of register.letters.keys()) {
        await untilItWorks(() => register.redrive(letter, aSale('better')), restart);
      }
      await untilItWorks(() => register.drain(), restart);
      const calls = disturbance.calls();
      restart();
      expect((await expectAllAtRest(register, accepted, operator.ledger)).synced.length).toBe(2);
      return calls;
    };
    const calls = await play(0);
    // Every call is swept in memory; here it is the engine that is looked at.
    for (let number = 1; number <= calls; number += 8) await play(number);
  });

  it('holds conditions, pages and transactions as the partition promises', async () => {
    const data = { client: db.client, tableName: db.tables.data };
    const partition = openPartition(data, `acme#${nextId()}`);
    const other = openPartition(data, `acme#${nextId()}`);
    expect(await partition.put({ sk: 'a#1', n: 1, kept: true }, ABSENT)).toBe(true);
    expect(await partition.put({ sk: 'a#1', n: 2 }, ABSENT)).toBe(false);
    expect(await other.put({ sk: 'a#1', n: 3 }, ABSENT)).toBe(true);
    const one = { that: '#n = :n', values: { n: 1 } };
    expect(await partition.update('a#1', { state: 'x', kept: null, nothing: undefined }, one)).toBe(true);
    expect(await partition.get('a#1')).toMatchObject({ n: 1, state: 'x' });
    expect(await partition.get('a#1')).not.toHaveProperty('kept');
    expect(await partition.update('a#1', { n: 5 }, { that: '#n = :n', values: { n: 9 } })).toBe(false);
    expect(await partition.delete('a#1', { that: '#n = :n', values: { n: 9 } })).toBe(false);
    const steps = [
      { put: { sk: 'a#2' }, if: ABSENT },
      { delete: 'a#1', if: { that: '#n = :n', values: { n: 9 } } },
    ];
    expect(await partition.transact(steps)).toBe(false);
    expect(await partition.get('a#2')).toBeUndefined();
    expect(await partition.transact([...steps.slice(0, 1), { update: 'a#1', set: { n: 2 }, if: one }])).toBe(true);
    for (const n of [3, 4, 5]) await partition.put({ sk: `a#${n}`, n });
    await partition.put({ sk: 'b#1' });
    expect(await partition.count('a#')).toBe(5);
    const page = await partition.list('a#', { limit: 2, backwards: true });
    expect(page).toMatchObject({ items: [{ sk: 'a#5' }, { sk: 'a#4' }], after: 'a#4' });
    const rest = await partition.list('a#', { backwards: true, after: page.after, attributes: ['n'] });
    expect(rest).toEqual({ items: [{ sk: 'a#3', n: 3 }, { sk: 'a#2' }, { sk: 'a#1', n: 2 }], after: undefined });
    const many = await partition.getMany(['a#3', 'gone', 'b#1']);
    expect(many.map(({ sk }) => sk).sort()).toEqual(['a#3', 'b#1']);
  });
});
