import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf, type Made, newTenant, synced, until } from './support/api.ts';
import { askNow, choose, openConsole } from './support/console.ts';
import { startVehicle } from './support/upstreams.ts';

const tenant = newTenant();
let api: Api;
let vehicle: Awaited<ReturnType<typeof startVehicle>>;
let truck: Made;

beforeAll(async () => {
  [api, vehicle] = await Promise.all([apiOf(tenant), startVehicle()]);
  truck = await vehicle.connect(api, { syncInterval: 3600 });
  await synced(api, truck.id);
});

afterAll(() => vehicle.close());

describe('the page of a vehicle', () => {
  it('plots the chosen channels, those of one unit together, and zooms by dragging and by buttons', async () => {
    const { page } = await openConsole(`/integrations/${truck.id}`, { tenant });
    const plots = page.getByRole('img', { name: /\d+ values, lowest/ });
    await expect.poll(() => plots.count()).toBe(2);
    const channels = page.getByRole('table', { name: 'Channels' });
    await channels.getByRole('checkbox', { name: 'Plot Speed' }).check();
    await expect.poll(() => plots.count()).toBe(3);
    await channels.getByRole('checkbox', { name: 'Plot Speed' }).uncheck();
    await channels.getByRole('checkbox', { name: 'Plot Hydraulic pressure' }).check();
    // In bar, as the oil pressure.
    await page.getByRole('img', { name: /Oil pressure.*Hydraulic pressure/ }).waitFor();
    expect(await plots.count()).toBe(2);

    await plots.first().scrollIntoViewIfNeeded();
    const box = await plots.first().boundingBox();
    if (box === null) throw new Error('the plot has no box');
    const asked = page.waitForRequest((request) => request.url().includes('/measurements?'));
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.6, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, y, { steps: 4 });
    await page.mouse.up();
    const span = (url: string): number => {
      const query = new URL(url).searchParams;
      return Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '');
    };
    const zoomed = span((await asked).url());
    // A fifth of 15 minutes, and a little for the room beside the axes.
    expect(zoomed).toBeGreaterThan(170_000);
    expect(zoomed).toBeLessThan(210_000);

    const out = page.waitForRequest(
      (request) => request.url().includes('/measurements?') && span(request.url()) !== zoomed,
    );
    await page.getByRole('button', { name: 'Zoom out' }).click();
    expect(span((await out).url())).toBeCloseTo(zoomed * 2, -3);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await choose(page, /Time range/, 'Last hour');
    await page.getByRole('button', { name: 'Latest values as a table' }).click();
    await expect
      .poll(() => page.getByRole('table', { name: 'Latest values' }).getByRole('row').count())
      .toBeGreaterThan(10);
  });

  it('shows its state and its alarms', async () => {
    await until(
      async () => {
        await api.call('POST', `/api/integrations/${truck.id}/sync`);
        return api.call<unknown[]>('GET', `/api/integrations/${truck.id}/alarms`);
      },
      (alarms) => alarms.length > 0,
      'there is an alarm',
    );
    const { page } = await openConsole(`/integrations/${truck.id}`, { tenant });
    await page.getByText('Reached', { exact: true }).waitFor();
    const alarms = page.getByRole('table', { name: 'Alarms' }).getByRole('row');
    await expect.poll(() => alarms.count()).toBeGreaterThan(1);
    expect(await alarms.nth(1).textContent()).toMatch(/\d\d:\d\d:\d\d/);
    await page.getByRole('checkbox', { name: 'Open ones only' }).check();
    await expect.poll(() => page.getByText(/No open alarms|Open$/).count()).toBeGreaterThan(0);
  });

  it('says that it could not be reached, and since when', async () => {
    vehicle.vehicle.faults.offline = true;
    const { page } = await openConsole(`/integrations/${truck.id}`, { tenant });
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByText('Last sync failed').waitFor();
    await page.getByText(/Failed: see the last sync|Not reached/).waitFor();
    vehicle.vehicle.faults.offline = false;
  });

  it('says once, and in words, that what it shows is old', async () => {
    const { page } = await openConsole(`/integrations/${truck.id}`, { tenant });
    await page.getByText('Drag across a plot').waitFor();
    // As a hotel's sign-in page answers whatever is asked.
    await page.route('**/api/**', (route) => route.fulfill({ contentType: 'text/html', body: '<p>Room number?' }));
    await askNow(page);
    await page.getByText('The answer of the API could not be read.').first().waitFor();
    await page.waitForTimeout(500);
    expect(await page.getByText('This may be out of date').count()).toBe(1);
  });

  it('says so while nothing is known of a new one', async () => {
    const fresh = await vehicle.connect(api, { name: 'New truck', syncEnabled: false });
    const { page } = await openConsole(`/integrations/${fresh.id}`, { tenant });
    await page.getByText('Never called').waitFor();
    await page.getByText('No channels yet').waitFor();
    await page.getByText('No alarms', { exact: true }).waitFor();
  });
});
