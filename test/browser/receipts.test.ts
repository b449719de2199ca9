import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf, type Made, newTenant, until } from './support/api.ts';
import { askNow, choose, openConsole, rowOf } from './support/console.ts';
import { startOperator } from './support/upstreams.ts';

const tenant = newTenant();
let api: Api;
let operator: Awaited<ReturnType<typeof startOperator>>;
let register: Made;

beforeAll(async () => {
  [api, operator] = await Promise.all([apiOf(tenant), startOperator()]);
  register = await operator.connect(api);
});

afterAll(() => operator.close());

const buffer = () =>
  api.call<{ synced: number; pending: number; dead_lettered: number }>(
    'GET',
    `/v1/kkt/buffer/status?integrationId=${register.id}`,
  );

describe('the page of a cash register', () => {
  it('shows the receipts that were sent, and the document of each', async () => {
    await operator.sell(api, register.id, 1250.5);
    await until(buffer, ({ synced }) => synced === 1, 'it is sent');
    const { page } = await openConsole(`/integrations/${register.id}`, { tenant });
    const row = rowOf(page, 'Sale, 1 item, 1,250.50');
    await row.waitFor();
    expect(await row.textContent()).toContain('Synced');
    await row.getByRole('button').click();
    await row.getByText('"idempotency_key"').waitFor();
    await choose(page, /^State/, 'Pending');
    await page.getByText('No receipt is in this state').waitFor();
  });

  it('keeps what the operator does not take, says since when, and sends it when told to', async () => {
    operator.state.fault = { kind: 'answer', status: 503 };
    for (let receipt = 0; receipt < 6; receipt += 1) await operator.sell(api, register.id);
    const { page } = await openConsole(`/integrations/${register.id}`, { tenant });
    const pairs = page.locator('dl').filter({ hasText: 'Oldest pending' });
    await expect.poll(() => pairs.textContent()).toMatch(/Oldest pending(just now|\d+ seconds? ago)/);
    // After five failures in a row it is not called any more.
    await until(
      () => api.call<{ breaker: { state: string } }>('GET', `/v1/kkt/buffer/status?integrationId=${register.id}`),
      ({ breaker }) => breaker.state === 'open',
      'the breaker is open',
    );
    await askNow(page);
    await page.getByText('The operator is not called right now').waitFor();
    operator.state.fault = undefined;
    await page.getByRole('button', { name: 'Send a batch now' }).click();
    await page
      .getByText(/receipts sent in|Nothing to do/)
      .first()
      .waitFor();
  });

  it('says why a batch could not be sent', async () => {
    const { page, expectFailedRequests } = await openConsole(`/integrations/${register.id}`, { tenant });
    expectFailedRequests();
    await page.route('**/buffer/sync?*', (route) =>
      route.fulfill({ status: 502, json: { error: { code: 'provider_http', message: 'The operator answered 500.' } } }),
    );
    await page.getByRole('button', { name: 'Send a batch now' }).click();
    await page.getByText('The operator answered 500.').waitFor();
  });
});
