import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, apiOf, type Made, newTenant, synced } from './support/api.ts';
import { openConsole, rowOf } from './support/console.ts';
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

it('shows the newest value of every field of a source, and the values before', async () => {
  const { page } = await openConsole(`/integrations/${weather.id}`, { tenant });
  const fields = page.getByRole('table', { name: 'Fields' });
  await fields.getByRole('row').nth(2).waitFor();
  let cursor: string | null = null;
  let newest = '';
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const answer: { records: { at: string; field: string; value: unknown }[]; nextCursor: string | null } =
      await api.call('GET', `/api/integrations/${weather.id}/records?limit=100${query}`);
    newest = answer.records.findLast(({ field }) => field === 'temperature')?.at ?? newest;
    cursor = answer.nextCursor;
  } while (cursor !== null);
  const time = rowOf(page, 'temperature').first().locator('time');
  expect(await time.getAttribute('datetime')).toBe(newest);
  expect(await rowOf(page, 'main.temp').count()).toBe(1);

  const values = page.getByRole('table', { name: 'Latest values' }).getByRole('row');
  expect(await values.count()).toBeGreaterThan(5);
  await page.getByRole('searchbox', { name: 'Find values' }).fill('WX-001');
  await expect.poll(() => values.nth(1).textContent()).toContain('WX-001');
  await page.getByRole('searchbox', { name: 'Find values' }).fill('no station is called so');
  await page.getByText('No such value').waitFor();
});

it('shows older values when asked to, newest first', async () => {
  const { page } = await openConsole(`/integrations/${weather.id}`, { tenant });
  const heading = page.getByRole('heading', { name: /^Latest values/ });
  await expect.poll(() => heading.textContent()).toContain('(300+)');
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect.poll(() => heading.textContent()).toContain('(600+)');
  const times = await page
    .getByRole('table', { name: 'Latest values' })
    .locator('time')
    .evaluateAll((shown) => shown.map((time) => time.getAttribute('datetime') ?? ''));
  expect(times.length).toBeGreaterThan(5);
  expect(times).toEqual(times.toSorted().toReversed());
});

it('shows times in the zone of the one who looks, and in UTC where one rests on them', async () => {
  const { page } = await openConsole(`/integrations/${weather.id}`, { tenant, timezoneId: 'Asia/Tokyo' });
  const time = page.getByRole('table', { name: 'Fields' }).locator('time').first();
  const at = await time.getAttribute('datetime');
  const hourThere = (new Date(at ?? '').getUTCHours() + 9) % 24;
  expect(await time.textContent()).toContain(`, ${String(hourThere).padStart(2, '0')}:`);
  expect(await time.getAttribute('title')).toContain(`${at?.slice(0, 19).replace('T', ' ')} UTC`);
});
