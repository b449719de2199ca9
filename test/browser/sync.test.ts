import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf, type Made, newTenant, synced, until } from './support/api.ts';
import { choose, openConsole, rowOf } from './support/console.ts';
import { startSource } from './support/upstreams.ts';

const tenant = newTenant();
let api: Api;
let source: Awaited<ReturnType<typeof startSource>>;
let weather: Made;

beforeAll(async () => {
  [api, source] = await Promise.all([apiOf(tenant), startSource()]);
  weather = await source.connect(api, { syncInterval: 3600 });
  await synced(api, weather.id);
});

afterAll(() => source.close());

const read = (): Promise<Made> => api.call('GET', `/api/integrations/${weather.id}`);

describe('sync settings', () => {
  it('change the interval by name, by number and to manual only, and switch it off', async () => {
    const { page } = await openConsole('/integrations', { tenant });
    const open = async (): Promise<void> => {
      await rowOf(page, 'Test weather').getByRole('button', { name: 'Sync settings' }).click();
      await page
        .getByRole('dialog')
        .getByText(/Next sync in|Paused|Manual only/)
        .first()
        .waitFor();
    };
    const save = () => page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();

    await open();
    await choose(page, /^Interval/, 'Every 15 minutes');
    await save();
    await until(read, ({ syncInterval }) => syncInterval === 900, 'every 15 minutes');

    await open();
    await choose(page, /^Interval/, 'Custom…');
    await page.getByRole('spinbutton', { name: 'Every' }).fill('5');
    await choose(page, /^Unit/, 'seconds');
    await page.getByText('Every 10 seconds is the most often.').waitFor();
    expect(await page.getByRole('dialog').getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await page.getByRole('spinbutton', { name: 'Every' }).fill('90');
    await choose(page, /^Unit/, 'minutes');
    await save();
    await until(read, ({ syncInterval }) => syncInterval === 5400, 'every 90 minutes');

    await open();
    expect(await page.getByRole('spinbutton', { name: 'Every' }).inputValue()).toBe('90');
    await choose(page, /^Interval/, 'Manual only');
    await save();
    await rowOf(page, 'Test weather').getByText('Manual only').first().waitFor();
    await until(read, ({ syncInterval }) => syncInterval === null, 'manual only');

    await open();
    await choose(page, /^Interval/, 'Every hour');
    await page.getByRole('checkbox', { name: 'Sync on schedule' }).uncheck();
    await save();
    await rowOf(page, 'Test weather').getByText('Paused').first().waitFor();
    await until(read, ({ syncEnabled, syncInterval }) => !syncEnabled && syncInterval === 3600, 'switched off');
  });

  it('are closed by Escape without a change', async () => {
    const { page } = await openConsole('/integrations', { tenant });
    const button = rowOf(page, 'Test weather').getByRole('button', { name: 'Sync settings' });
    await button.focus();
    await page.keyboard.press('Enter');
    const toggle = page.getByRole('checkbox', { name: 'Sync on schedule' });
    const before = await toggle.isChecked();
    await toggle.setChecked(!before);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect((await read()).syncEnabled).toBe(before);
  });
});

describe('sync history', () => {
  it('shows what each run did, filters by outcome, and turns pages', async () => {
    source.service.failNext({ type: 'status', status: 403 });
    for (let run = 0; run < 22; run += 1) {
      const { runId } = await api.call<{ runId: string }>('POST', `/api/integrations/${weather.id}/sync`);
      await until(
        () =>
          api.call<{ logs: { id: string; status: string }[] }>(
            'GET',
            `/api/integrations/${weather.id}/sync-history?pageSize=1`,
          ),
        ({ logs }) => logs[0]?.id === runId && logs[0].status !== 'RUNNING',
        'the run has ended',
      );
    }
    const { page } = await openConsole('/integrations', { tenant });
    await rowOf(page, 'Test weather').getByRole('button', { name: 'Sync history' }).click();
    const dialog = page.getByRole('dialog', { name: /Sync history of Test weather/ });
    const rows = dialog.getByRole('table', { name: 'Sync history' }).getByRole('row');
    await expect.poll(() => rows.count()).toBe(21);
    expect(await rows.nth(1).textContent()).toMatch(/\d{4}, \d\d:\d\d:\d\d.*Success.*\d m?s.*Manual/);

    await dialog.getByRole('button', { name: /next page/i }).click();
    await expect.poll(() => rows.count()).toBe(4);
    expect(await rows.last().textContent()).toContain('Schedule');

    await choose(page, /^Outcome/, 'Failed');
    await expect.poll(() => rows.count()).toBe(2);
    await rows.nth(1).getByRole('button').click();
    await rows.nth(1).getByText('Planned for').waitFor();
    expect(await rows.nth(1).textContent()).toMatch(/403/);

    await choose(page, /^Outcome/, 'Deferred');
    await dialog.getByText('No such run').waitFor();
  });

  it('goes on by itself while a run is going on, with its progress', async () => {
    const { page } = await openConsole('/integrations', { tenant });
    let asked = 0;
    await page.route('**/sync-history?*', (route) => {
      asked += 1;
      const startedAt = new Date().toISOString();
      const ended = asked > 2;
      const log = {
        id: 'run-1',
        run: 1,
        status: ended ? 'SUCCESS' : 'RUNNING',
        trigger: 'schedule',
        scheduledFor: startedAt,
        startedAt,
        completedAt: ended ? startedAt : null,
        duration: 1234,
        recordsCount: ended ? 200 : 0,
        errorMessage: null,
        details: { done: ended ? 200 : 50 * asked, total: 200 },
      };
      return route.fulfill({ json: { logs: [log], total: 1, page: 1, pageSize: 20 } });
    });
    await rowOf(page, 'Test weather').getByRole('button', { name: 'Sync history' }).click();
    await page.getByText('50 of 200 done').waitFor();
    expect(await page.locator('progress').getAttribute('value')).toBe('25');
    await page.getByText('100 of 200 done').waitFor();
    await page.getByRole('dialog').getByText('Success').waitFor();
    expect(await page.locator('progress').count()).toBe(0);
  });
});
