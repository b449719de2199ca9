import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Faults } from '../../../functions/kinds/receipts/simulator/fault.ts';
import { OfdOperator } from '../../../functions/kinds/receipts/simulator/ofd-operator.ts';
import { serve } from '../../../functions/kinds/receipts/simulator/operator.ts';
import { listDeadLetters } from '../../../functions/store/dead-letters.ts';
import { createDice } from '../../simulation/dice.ts';
import { runScript, type ScriptProcess } from '../../support/child-process.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { aSale } from './support/documents.ts';
import { expectAllAtRest } from './support/invariants.ts';
import { SteppingClock } from './support/stepping-clock.ts';
import { TestRegister } from './support/test-register.ts';
import type { WorkerOrder } from './support/worker-process.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const RECEIPTS = 60;
const KILLS = Number(process.env.KILLS ?? 2);

it('leaves one fiscal document or one dead letter each when workers are killed (SIGKILL) over HTTP and a real engine', {
  timeout: 120_000,
}, async () => {
  const { next: roll } = createDice(7);
  const faults: Faults = ({ operation }) => {
    if (operation !== 'send') return undefined;
    const number = roll();
    if (number < 0.05) return { kind: 'lose-answer' };
    return number < 0.1 ? { kind: 'answer', status: 500, carriedOut: true } : undefined;
  };
  const clock = new SteppingClock();
  const operator = new OfdOperator({
    clock,
    faults,
    refuse: ({ items }) => (JSON.stringify(items).includes('bad') ? 'no' : undefined),
  });
  const served = await serve(operator);
  const register = new TestRegister({ data: { client: db.client, tableName: db.tables.data }, operator, clock });
  register.integration = { ...register.integration, baseUrl: served.url };
  const accepted = new Set<string>();
  for (let n = 0; n < RECEIPTS; n += 1)
    accepted.add(await register.take(`k${n}`, aSale(n % 20 === 7 ? 'bad' : `Item ${n}`)));

  const start = (life: number): ScriptProcess => {
    const order: WorkerOrder = {
      endpoint: String(db.clientConfig.endpoint),
      tablePrefix: db.tables.data.replace(/-data$/, ''),
      integration: register.integration,
      token: life * 1000,
    };
    const source = `import { work } from './test/kinds/receipts/support/worker-process.ts'; await work(JSON.parse(process.env.ORDER));`;
    return runScript(source, { ORDER: JSON.stringify(order) });
  };
  try {
    for (let life = 1; life <= KILLS && operator.ledger.entries.length < 45; life += 1) {
      const before = operator.calls;
      const worker = start(life);
      // Killed in the middle of its work, wherever that is.
      while (operator.calls < before + 10) await new Promise((resolve) => setTimeout(resolve, 5));
      await worker.killHard();
    }
    const last = start(KILLS + 1);
    while ((await last.nextLine()) !== 'nothing is left');
    const { deadLetters } = await listDeadLetters(
      register.integration.tenantId,
      { limit: 100, before: null },
      { ...db, clock, dueShards: 1, horizonMs: 0 },
    );
    for (const letter of deadLetters) register.letters.set(letter.id, letter);
    const { dead } = await expectAllAtRest(register, accepted, operator.ledger);
    expect(dead.length).toBe(3);
  } finally {
    await served.close();
  }
});
