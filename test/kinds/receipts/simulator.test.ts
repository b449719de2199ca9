import { afterEach, describe, expect, it, vi } from 'vitest';
import { AtolOperator } from '../../../functions/kinds/receipts/simulator/atol-operator.ts';
import type { Faults } from '../../../functions/kinds/receipts/simulator/fault.ts';
import { OfdOperator } from '../../../functions/kinds/receipts/simulator/ofd-operator.ts';
import {
  type ServedOperator,
  type SimulatedOperator,
  serve,
} from '../../../functions/kinds/receipts/simulator/operator.ts';
import { aSale } from './support/documents.ts';
import { SteppingClock } from './support/stepping-clock.ts';

let served: ServedOperator | undefined;
afterEach(() => served?.close());

async function post(
  operator: SimulatedOperator,
  key: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<[number, unknown]> {
  served ??= await serve(operator);
  const response = await fetch(`${served.url}/ofd/v1/receipt`, {
    method: 'POST',
    headers: { 'idempotency-key': key },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
  return [response.status, await response.json()];
}

describe('the simulated operator, served on loopback', () => {
  const clock = new SteppingClock();
  const document = (key: string) => aSale('Lens', 100, { idempotency_key: key });

  it('keeps books and knows keys', async () => {
    const operator = new OfdOperator({ clock });
    served = await serve(operator);
    expect(await post(operator, 'a', document('a'))).toEqual([
      200,
      { status: 'accepted', ofd_id: 'OFD-000001', timestamp: 1795341600 },
    ]);
    expect(await post(operator, 'a', document('a'))).toMatchObject([409, { ofd_id: 'OFD-000001' }]);
    expect(await post(operator, 'b', { ...document('b'), payments: [] })).toMatchObject([422, {}]);
    expect(await post(operator, 'c', document('other'))).toMatchObject([400, {}]);
    expect((await fetch(`${served.url}/ofd/v1/receipt/a`)).status).toBe(200);
    expect((await fetch(`${served.url}/ofd/v1/receipt/b`)).status).toBe(404);
    expect((await fetch(`${served.url}/elsewhere`)).status).toBe(404);
    expect(operator.ledger.byReceipt().get('a')?.length).toBe(1);
  });

  it('breaks the connection after it has booked, hangs, and refuses', async () => {
    const faults: Faults = ({ number }) =>
      number === 1 ? { kind: 'lose-answer' } : number === 2 ? { kind: 'hang', carriedOut: true } : { kind: 'refuse' };
    const operator = new OfdOperator({ clock, faults });
    served = await serve(operator);
    await expect(post(operator, 'a', document('a'))).rejects.toThrow();
    const hung = new AbortController();
    const given = expect(post(operator, 'b', document('b'), hung.signal)).rejects.toThrow();
    // Not by the clock: what is given up before it has arrived is not the second that arrives.
    await vi.waitFor(() => expect(operator.ledger.entries).toHaveLength(2), 10_000);
    hung.abort();
    await given;
    await expect(post(operator, 'c', document('c'))).rejects.toThrow();
    expect(operator.ledger.entries.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  it('books twice what is sent twice where it knows no keys, and shows it', async () => {
    const operator = new OfdOperator({ clock, duplicates: 'none' });
    served = await serve(operator);
    await post(operator, 'a', document('a'));
    await post(operator, 'a', document('a'));
    expect(operator.ledger.byReceipt().get('a')?.length).toBe(2);
  });
});

describe('the simulated ATOL Online', () => {
  it('wants a token for everything, and the right group', () => {
    const clock = new SteppingClock();
    const operator = new AtolOperator({ clock });
    const call = (method: string, path: string, headers: Record<string, string>, body: object) => {
      const end = operator.handle({ method, path: `/possystem/v4${path}`, headers, body: JSON.stringify(body) });
      if (end.kind !== 'answer') throw new Error('expected an answer');
      return [end.answer.status, JSON.parse(end.answer.body).error?.code ?? null];
    };
    expect(call('POST', '/getToken', {}, { login: 'login', pass: 'wrong' })).toEqual([401, 12]);
    expect(call('GET', '/shop_1/report/x', {}, {})).toEqual([401, 10]);
    expect(call('GET', '/shop_1/report/x', { token: 'token-9' }, {})).toEqual([401, 11]);
    expect(call('POST', '/getToken', {}, { login: 'login', pass: 'pass' })).toEqual([200, null]);
    expect(call('GET', '/shop_2/report/x', { token: 'token-1' }, {})).toEqual([401, 20]);
    expect(call('GET', '/shop_1/report/x', { token: 'token-1' }, {})).toEqual([400, 30]);
    expect(call('POST', '/shop_1/sell', { token: 'token-1' }, {})).toEqual([400, 32]);
    clock.advance(25 * 3_600_000);
    expect(call('GET', '/shop_1/report/x', { token: 'token-1' }, {})).toEqual([401, 11]);
  });
});
