import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedriveReport } from '../../console/src/api/types.ts';
import { redriveKind } from '../../console/src/pages/dead-letters/redrive-kind.ts';
import { type Api, apiOf, type Made, newTenant, until } from './support/api.ts';
import { choose, openConsole, rowOf } from './support/console.ts';
import { startOperator } from './support/upstreams.ts';

const tenant = newTenant();
let api: Api;
let operator: Awaited<ReturnType<typeof startOperator>>;
let register: Made;

const letters = async (): Promise<number> =>
  (await api.call<{ deadLetters: unknown[] }>('GET', '/api/dead-letters')).deadLetters.length;

const isSynced = (many: number) =>
  until(
    () => api.call<{ synced: number }>('GET', `/v1/kkt/buffer/status?integrationId=${register.id}`),
    ({ synced }) => synced === many,
    `${many} receipts are sent`,
  );

beforeAll(async () => {
  [api, operator] = await Promise.all([apiOf(tenant), startOperator()]);
  register = await operator.connect(api);
  operator.state.refuse = 'VAT rate 20 is not known';
  for (let receipt = 0; receipt < 5; receipt += 1) await operator.sell(api, register.id);
  await until(letters, (many) => many === 5, 'five receipts were rejected');
});

afterAll(() => operator.close());

describe('dead letters', () => {
  it('tell why, how often and since when; one is corrected and redriven', async () => {
    const { page } = await openConsole('/dead-letters', { tenant });
    const rows = rowOf(page, 'Test register');
    await expect.poll(() => rows.count()).toBe(5);
    expect(await rows.first().textContent()).toMatch(/Receipt.*VAT rate 20 is not known/);
    await page.getByText('5 waiting').waitFor();

    // As where it is not among the first hundred that were rejected.
    await page.route('**/v1/kkt/receipts?*', (route) => {
      const url = new URL(route.request().url());
      if (!url.searchParams.has('cursor')) return route.fulfill({ json: { receipts: [], nextCursor: 'more' } });
      url.searchParams.delete('cursor');
      return route.continue({ url: url.href });
    });
    await rows.first().getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Correct and redrive' }).click();
    const text = page.getByRole('dialog').getByRole('textbox', { name: 'Document' });
    const document = (await text.inputValue()).replaceAll('"vat_rate": 20', '"vat_rate": 10');
    await text.fill('{ "type": ');
    await page.getByText('This is not JSON.').first().waitFor();
    await text.fill(document);
    operator.state.refuse = undefined;
    await page.getByRole('button', { name: 'Send corrected' }).click();
    await page.getByText('The corrected receipt is on its way').waitFor();
    await expect.poll(() => rows.count()).toBe(4);
    await isSynced(1);
  });

  it('are redriven several at once, after a preview; what is refused comes back', async () => {
    const { page, expectFailedRequests } = await openConsole('/dead-letters', { tenant });
    expectFailedRequests();
    const rows = rowOf(page, 'Test register');
    await expect.poll(() => rows.count()).toBe(4);
    await rows.nth(0).getByRole('checkbox').check();
    await rows.nth(1).getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Redrive', exact: true }).click();
    await page.getByText('2 dead letters will be put back to work').waitFor();
    expect(await letters()).toBe(4);
    await page.route('**/api/dead-letters/redrive', (route) =>
      route.fulfill({ status: 503, json: { error: { code: 'busy', message: 'The database is busy.' } } }),
    );
    const confirm = () => page.getByRole('dialog').getByRole('button', { name: 'Redrive' }).click();
    await confirm();
    await page.getByText('The database is busy.').waitFor();
    await expect.poll(() => rows.count()).toBe(4);

    await page.unroute('**/api/dead-letters/redrive');
    await page.getByRole('button', { name: 'Redrive', exact: true }).click();
    await confirm();
    await page.getByText('2 dead letters redriven').waitFor();
    await expect.poll(() => rows.count()).toBe(2);
    await isSynced(3);
  });

  it('are redriven by whole kind, after a preview of how many there are', async () => {
    const { page } = await openConsole('/dead-letters', { tenant });
    const rows = rowOf(page, 'Test register');
    await expect.poll(() => rows.count()).toBe(2);
    operator.state.refuse = 'VAT rate 20 is not known';
    for (let receipt = 0; receipt < 3; receipt += 1) await operator.sell(api, register.id);
    await until(letters, (many) => many === 5, 'three more were rejected');
    operator.state.refuse = undefined;
    await page.getByRole('button', { name: 'Redrive a whole kind' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('5 dead letters, also those that the list does not show yet').waitFor();
    expect(await letters()).toBe(5);
    await choose(page, /^Kind/, 'Vehicle');
    await dialog.getByText('There are no dead letters of this kind.').waitFor();
    expect(await dialog.getByRole('button', { name: 'Redrive', exact: true }).isDisabled()).toBe(true);
    await choose(page, /^Kind/, 'Receipts');
    await dialog.getByRole('button', { name: 'Redrive all 5' }).click();
    await page.getByText('5 dead letters redriven').waitFor();
    await page.getByText('No dead letters').waitFor();
    await isSynced(8);
  });

  it('of a kind are walked through a hundred at a time, those that cannot be put back too', async () => {
    const asked: unknown[][] = [];
    const failure = { id: 'gone', code: 'integration_gone', message: 'Its integration was deleted.' };
    const pages: Record<string, RedriveReport> = {
      '': { dryRun: false, count: 100, redriven: [], failed: [failure], nextCursor: 'older' },
      older: { dryRun: false, count: 7, redriven: [], failed: [], nextCursor: null },
    };
    const seen: number[] = [];
    const done = await redriveKind(
      'receipts',
      false,
      {
        async redriveKind(...args) {
          asked.push(args);
          return pages[args[2] ?? ''] ?? Promise.reject(new Error(`nothing is known of ${args[2]}`));
        },
      },
      ({ count }) => seen.push(count),
    );
    expect(done).toEqual({ count: 107, failed: [failure] });
    expect(seen).toEqual([100, 107]);
    expect(asked).toEqual([
      ['receipts', false, undefined],
      ['receipts', false, 'older'],
    ]);
  });

  it('are deleted after a warning', async () => {
    operator.state.refuse = 'VAT rate 20 is not known';
    for (let receipt = 0; receipt < 2; receipt += 1) await operator.sell(api, register.id);
    await until(letters, (many) => many === 2, 'two more were rejected');
    const { page } = await openConsole('/dead-letters', { tenant });
    await page.getByRole('checkbox', { name: 'All that are shown' }).check();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('A receipt that was not sent stays unsent').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('2 dead letters deleted').waitFor();
    await page.getByText('No dead letters').waitFor();
    expect(await letters()).toBe(0);
  });
});

describe('events', () => {
  it('tell what happened, to which integration', async () => {
    const { page } = await openConsole('/events', { tenant });
    await page
      .getByText(/No events|Test register/)
      .first()
      .waitFor();
    const { events } = await api.call<{ events: { message: string }[] }>('GET', '/api/events');
    for (const { message } of events.slice(0, 3)) await page.getByText(message.slice(0, 60)).first().waitFor();
  });

  it('call no integration deleted before the integrations are read', async () => {
    const { page } = await openConsole('/settings', { tenant });
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/integrations?*', async (route) => {
      await held;
      await route.fulfill({ json: { integrations: [], nextCursor: null } });
    });
    await page.getByRole('link', { name: 'Events' }).click();
    const rows = page.getByRole('row').filter({ hasText: 'among the dead letters' });
    await rows.first().waitFor();
    expect(await page.getByText('Not there any more').count()).toBe(0);
    answer();
    await rows.first().getByText('Not there any more').waitFor();
  });

  it('call an integration by its name also where there are more than are read', async () => {
    const { page } = await openConsole('/settings', { tenant });
    await page.route('**/api/integrations?*', (route) =>
      route.fulfill({ json: { integrations: [], nextCursor: 'more' } }),
    );
    await page.getByRole('link', { name: 'Events' }).click();
    const rows = page.getByRole('row').filter({ hasText: 'among the dead letters' });
    await rows.first().getByRole('link', { name: 'Test register' }).waitFor();
  });
});
