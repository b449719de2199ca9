import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Overview } from '../../console/src/api/types.ts';
import { type Api, apiOf, newTenant, until } from './support/api.ts';
import { askNow, openConsole } from './support/console.ts';
import { startOperator, startSource } from './support/upstreams.ts';

const tenant = newTenant();
const LONG_NAME = 'x'.repeat(200);
let api: Api;
let source: Awaited<ReturnType<typeof startSource>>;
let operator: Awaited<ReturnType<typeof startOperator>>;

beforeAll(async () => {
  [api, source, operator] = await Promise.all([apiOf(tenant), startSource(), startOperator()]);
  source.service.failNext(...Array.from({ length: 50 }, () => ({ type: 'status', status: 503 }) as const));
  operator.state.refuse = 'VAT rate 20 is not known';
  const unreached = { kind: 'vehicle', provider: 'pull', baseUrl: 'http://127.0.0.1:9', credentials: { apiKey: 'k' } };
  const [register] = await Promise.all([
    operator.connect(api),
    source.connect(api),
    api.call('POST', '/api/integrations', { ...unreached, name: LONG_NAME, syncInterval: 3600 }),
  ]);
  for (let receipt = 0; receipt < 3; receipt += 1) await operator.sell(api, register.id);
  await until(
    () => api.call<Overview>('GET', '/api/overview'),
    ({ deadLetters, byHealth }) => deadLetters === 3 && byHealth.red === 1 && byHealth.yellow >= 1,
    'three receipts were rejected, one failed, one is tried again',
  );
});

afterAll(() => Promise.all([source.close(), operator.close()]));

describe('the overview', () => {
  it('begins with what is wrong: what, since when, and what to do; what fails comes first', async () => {
    const { page } = await openConsole('/', { tenant });
    const troubles = page.locator('.attention > li');
    await expect.poll(() => troubles.count()).toBeGreaterThanOrEqual(2);
    await page.getByText('Retrying').waitFor();
    expect(await troubles.first().textContent()).toMatch(
      /Failing.*connection refused.*Never synced, last run failed.*Next sync in .*mend the cause/,
    );
    await page.getByText('3 dead letters to be redriven or deleted.').waitFor();
    const counts = await page.getByText('Right now').boundingBox();
    const attention = await page.getByText('Needs attention').boundingBox();
    expect(attention?.y).toBeLessThan(counts?.y ?? 0);
  });

  it('tells by name where each number leads', async () => {
    const { page } = await openConsole('/', { tenant });
    await page.getByRole('link', { name: 'Failing: 1' }).click();
    await page.getByText('(1/3)').waitFor();
    await page.getByRole('link', { name: LONG_NAME }).waitFor();
  });

  it('counts runs that failed among the activity, also of what never synced', async () => {
    const { page } = await openConsole('/', { tenant });
    await page.getByRole('img', { name: /^Syncs per minute: [1-9]\d* runs? / }).waitFor();
  });

  it('shows what happened again and again once', async () => {
    const { page } = await openConsole('/', { tenant });
    await page.getByText('3 × ').waitFor();
    expect(await page.getByText('VAT rate 20 is not known. It is among the dead letters.').count()).toBe(1);
  });

  it.each(['/', '/integrations'])('lets a name without a blank push nothing out of sight: %s', async (path) => {
    const { page } = await openConsole(path, { tenant, viewport: { width: 1280, height: 800 } });
    const link = page.getByRole('link', { name: LONG_NAME });
    await link.waitFor();
    expect((await link.boundingBox())?.width).toBeLessThan(400);
    const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    await expect.poll(overflow).toBeLessThanOrEqual(0);
  });

  it('says once that it may be out of date, not in every part', async () => {
    const { page, context, expectFailedRequests } = await openConsole('/', { tenant });
    expectFailedRequests();
    await page.getByText('Right now').waitFor();
    await page.getByRole('img', { name: /^Syncs per minute/ }).waitFor();
    await context.setOffline(true);
    await askNow(page);
    await page.getByText('This may be out of date').waitFor();
    await page.waitForTimeout(500);
    expect(await page.getByText('This may be out of date').count()).toBe(1);
    await context.setOffline(false);
    await page.getByText('This may be out of date').waitFor({ state: 'detached' });
  });

  it('leads whoever has nothing yet to the first integration', async () => {
    const { page } = await openConsole('/', { tenant: newTenant() });
    await page.getByText('No integrations yet').waitFor();
    await page.getByRole('link', { name: 'Create integration' }).click();
    await page.getByRole('heading', { name: 'Kind and provider' }).waitFor();
  });
});
