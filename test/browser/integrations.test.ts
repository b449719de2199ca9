import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf, integrationsOf, type Made, newTenant, synced, until } from './support/api.ts';
import { askNow, choose, openConsole, rowOf } from './support/console.ts';
import { startCarrier, startSource, startVehicle } from './support/upstreams.ts';

const tenant = newTenant();
let api: Api;
let carrier: Awaited<ReturnType<typeof startCarrier>>;
let vehicle: Awaited<ReturnType<typeof startVehicle>>;
let source: Awaited<ReturnType<typeof startSource>>;
let truck: Made;

beforeAll(async () => {
  [api, carrier, vehicle, source] = await Promise.all([apiOf(tenant), startCarrier(3), startVehicle(), startSource()]);
  const sims = await carrier.connect(api);
  truck = await vehicle.connect(api, { syncInterval: 3600 });
  const weather = await source.connect(api, { syncInterval: null });
  await api.call('POST', `/api/integrations/${weather.id}/sync`);
  await Promise.all([sims, truck, weather].map(({ id }) => synced(api, id)));
});

afterAll(() => Promise.all([carrier.close(), vehicle.close(), source.close()]));

describe('the list of integrations', () => {
  it('tells of each what it is, how it is, when it syncs next and what the last run did', async () => {
    const { page } = await openConsole('/integrations', { tenant });
    await expect
      .poll(() => rowOf(page, 'Test truck').textContent())
      .toMatch(/Vehicle · Pull.*Healthy.*Next sync in \d+ minutes?.*ago.*\d+ records? in/);
    expect(await rowOf(page, 'Test weather').textContent()).toMatch(/Source · REST.*Manual only/);
    const dots = rowOf(page, 'Test truck').getByRole('img', { name: /Last run: 1 succeeded\. Newest: succeeded\./ });
    expect(await dots.count()).toBe(1);
  });

  it('shows the same as cards, and remembers the choice', async () => {
    const { page } = await openConsole('/integrations', { tenant });
    await page.getByRole('button', { name: 'Cards' }).click();
    await page.getByRole('list', { name: 'Integrations' }).getByText('Test truck').waitFor();
    expect(await page.getByRole('table').count()).toBe(0);
    await page.reload();
    await page.getByRole('list', { name: 'Integrations' }).getByText('Test truck').waitFor();
    await page.getByRole('button', { name: 'Table' }).click();
    await rowOf(page, 'Test truck').waitFor();
  });

  it('finds by words and filters by kind and health; the address says so, and says it again after a reload', async () => {
    const { page } = await openConsole('/integrations', { tenant });
    await page.getByRole('searchbox', { name: 'Find integrations' }).fill('truck');
    await page.getByText('1 match', { exact: true }).first().waitFor();
    expect(await rowOf(page, 'Test weather').count()).toBe(0);
    await page.getByRole('searchbox', { name: 'Find integrations' }).fill('');
    await choose(page, /^Kind/, 'Carrier');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    expect(new URL(page.url()).searchParams.get('kind')).toBe('carrier');
    await page.reload();
    await rowOf(page, 'Test SIMs').waitFor();
    await choose(page, /^Health/, 'Failing');
    await page.getByText('No integration matches').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await expect.poll(() => page.getByRole('row').count()).toBe(4);
  });

  it('pauses and resumes', async () => {
    const { page } = await openConsole('/integrations', { tenant });
    const row = rowOf(page, 'Test truck');
    await row.getByRole('button', { name: 'Pause' }).click();
    await row.getByText('Paused').first().waitFor();
    await page.getByText('Test truck is paused').waitFor();
    await until(
      () => integrationsOf(api),
      (all) => all.some(({ id, syncEnabled }) => id === truck.id && !syncEnabled),
      'it is paused',
    );
    await row.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Test truck is running again').waitFor();
    await row.getByText('Healthy').waitFor();
  });

  it('changes many at once, tells once how it went, and leaves alone what is so already', async () => {
    const { page, expectFailedRequests } = await openConsole('/integrations', { tenant });
    expectFailedRequests();
    const all = async (item: string): Promise<void> => {
      await page.getByRole('checkbox', { name: 'All of this page' }).check();
      await page.getByRole('button', { name: '3 chosen' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    const enabled = async () => (await integrationsOf(api)).filter(({ syncEnabled }) => syncEnabled).length;
    await all('Pause');
    await page.getByText('3 integrations paused').waitFor();
    expect(await enabled()).toBe(0);
    await page.route(`**/${truck.id}/sync-settings`, (route) =>
      route.fulfill({ status: 503, json: { error: { code: 'busy', message: 'The database is busy.' } } }),
    );
    await all('Resume');
    await page.getByText('2 integrations running again').waitFor();
    await page.getByText('1 integration could not be resumed').waitFor();
    expect(await enabled()).toBe(2);
    await page.unroute(`**/${truck.id}/sync-settings`);
    await all('Resume');
    await page.getByText('1 integration running again').waitFor();
    expect(await enabled()).toBe(3);
    expect(await page.getByRole('button', { name: / chosen$/ }).count()).toBe(0);
  });

  it('takes a change back when the API refuses it, and says why', async () => {
    const { page, expectFailedRequests } = await openConsole('/integrations', { tenant });
    expectFailedRequests();
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/sync-settings', async (route) => {
      await held;
      await route.fulfill({ status: 409, json: { error: { code: 'conflict', message: 'Somebody else was faster.' } } });
    });
    const row = rowOf(page, 'Test truck');
    await row.getByRole('button', { name: 'Pause' }).click();
    // Shown before the answer is there.
    await row.getByText('Paused').first().waitFor();
    answer();
    await page.getByText('Test truck could not be changed').waitFor();
    await page.getByText('Somebody else was faster.').waitFor();
    await row.getByText('Healthy').waitFor();
    expect(await row.getByText('Paused').count()).toBe(0);
  });

  it('runs one now, also on a double click, and shows what came of it', async () => {
    const { page } = await openConsole('/integrations', { tenant });
    const row = rowOf(page, 'Test weather');
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/sync')) asked += 1;
    });
    await row.getByRole('button', { name: 'Run now' }).dblclick();
    await page.getByText('Sync of Test weather requested').waitFor();
    await row.getByRole('img', { name: /Last 2 runs: 2 succeeded/ }).waitFor();
    expect(asked).toBe(1);
  });

  it('says which sync failed last, and why', async () => {
    const { page } = await openConsole('/integrations', { tenant });
    source.service.failNext({ type: 'status', status: 403 });
    const row = rowOf(page, 'Test weather');
    await row.getByRole('button', { name: 'Run now' }).click();
    await row.getByText('Last sync failed').waitFor();
    expect(await row.textContent()).toMatch(/403/);
  });

  it('keeps what it knows while the network is away, says how old it is, and goes on by itself', async () => {
    const { page, context, expectFailedRequests } = await openConsole('/integrations', { tenant });
    expectFailedRequests();
    await rowOf(page, 'Test truck').waitFor();
    await context.setOffline(true);
    await askNow(page);
    await page.getByText('This may be out of date').waitFor();
    expect(await rowOf(page, 'Test truck').count()).toBe(1);
    await context.setOffline(false);
    await page.getByText('This may be out of date').waitFor({ state: 'detached' });
  });

  it('says why when there is nothing it can show, and tries again when told to', async () => {
    const { page, expectFailedRequests } = await openConsole('/settings', { tenant });
    expectFailedRequests();
    await page.route('**/api/integrations?*', (route) =>
      route.fulfill({ status: 503, json: { error: { code: 'busy', message: 'The database is busy.' } } }),
    );
    await page.getByRole('link', { name: 'Integrations' }).click();
    await page.getByText('Could not load the integrations').waitFor();
    await page.getByText('The database is busy.').waitFor();
    await page.unroute('**/api/integrations?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await rowOf(page, 'Test truck').waitFor();
  });

  it('says so when there are none yet, and leads to the first', async () => {
    const { page } = await openConsole('/integrations', { tenant: newTenant() });
    await page.getByText('No integrations yet').waitFor();
    await page.getByRole('button', { name: 'Create integration' }).last().click();
    await page.getByRole('heading', { name: 'Kind and provider' }).waitFor();
  });
});

describe('polling', () => {
  it('asks with the ETag, and is answered 304 while nothing changes', async () => {
    const { page } = await openConsole('/integrations', { tenant: newTenant() });
    await page.getByText('No integrations yet').waitFor();
    const again = page.waitForResponse(
      (response) => response.url().includes('/api/overview') && response.status() === 304,
    );
    await askNow(page);
    expect((await again).request().headers()['if-none-match']).toMatch(/^"/);
  });

  it('asks for nothing in a hidden tab, and at once when it is looked at again', async () => {
    const { page } = await openConsole('/integrations', { tenant, locale: 'en-GB' });
    await rowOf(page, 'Test truck').waitFor();
    await page.clock.install();
    await page.evaluate(
      "Object.defineProperty(document, 'hidden', { configurable: true, get: () => window.isHidden ?? false }); window.isHidden = true; document.dispatchEvent(new Event('visibilitychange'))",
    );
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().includes('/api/')) asked += 1;
    });
    await page.clock.fastForward(120_000);
    expect(asked).toBe(0);
    const next = page.waitForRequest((request) => request.url().includes('/api/integrations'));
    await page.evaluate("window.isHidden = false; document.dispatchEvent(new Event('visibilitychange'))");
    await next;
  });
});
