import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../functions/kinds/receipts/simulator/fault.ts';
import { LeaseLost } from '../../../functions/model/failure.ts';
import { anOfdRegister } from './support/a-register.ts';
import { aSale } from './support/documents.ts';
import { Crash } from './support/outside.ts';

const REJECTED: Fault = { kind: 'answer', status: 422, body: '{"error":"no"}' };
const BUSY: Fault = { kind: 'answer', status: 503 };
const OK = undefined;

/**
 * The first worker freezes right after its send was answered; its lease runs out, a second worker does what it finds to do, and
 * the first goes on without noticing. `answers`: what the operator says to the sends, in this order. `dying`: the second
 * worker dies after its own send.
 */
async function freezeAfterTheFirstSend(answers: readonly (Fault | undefined)[], dying = false) {
  let sends = 0;
  let dead = false;
  const around = anOfdRegister(
    { faults: ({ number }) => answers[number - 1] },
    {
      outside: async (what, call) => {
        if (dead) throw new Crash('the process is dead');
        const answer = await call();
        if (!what.startsWith('POST')) return answer;
        sends += 1;
        dead = sends === 2 && dying;
        if (dead) throw new Crash('the process died');
        if (sends > 1) return answer;
        around.clock.advance(90_000);
        await around.register.run().catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
        dead = false;
        return answer;
      },
    },
  );
  const { register } = around;
  const receiptId = await register.take('k', aSale());
  await register.run();
  const [second, first] = register.results;
  return { ...around, receiptId, first, second };
}

describe('a run that lost its lease', () => {
  it('cannot note as synced what the run after it has set aside', async () => {
    const { register, first } = await freezeAfterTheFirstSend([OK, REJECTED]);
    expect(first).toBeInstanceOf(LeaseLost);
    expect(await register.status()).toMatchObject({ pending: 0, synced: 0, dead_lettered: 1 });
  });

  it('cannot set aside what the run after it has synced', async () => {
    const { register } = await freezeAfterTheFirstSend([REJECTED, OK]);
    expect(await register.status()).toMatchObject({ pending: 0, synced: 1, dead_lettered: 0 });
    expect(register.letters.size).toBe(0);
  });

  it('cannot put back what the run after it has sent', async () => {
    const { register, operator } = await freezeAfterTheFirstSend([BUSY, OK], true);
    expect(register.results).toEqual([expect.any(LeaseLost)]);
    expect(await register.list()).toMatchObject([{ status: 'syncing' }]);
    expect(operator.ledger.entries.length).toBe(1);
  });

  it('cannot put back what the run after it has counted', async () => {
    const { register, first } = await freezeAfterTheFirstSend([BUSY, BUSY]);
    expect(first).toBeInstanceOf(LeaseLost);
    // Once for the worker that was found dead, once for the 503 that the second one met.
    // What the dead one had sent may still be there: this operator cannot be asked.
    expect(await register.list()).toMatchObject([{ status: 'unknown', retry_count: 2 }]);
  });
});
