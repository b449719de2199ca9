import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf, type Made, newTenant, synced } from './support/api.ts';
import { askNow, choose, openConsole, rowOf } from './support/console.ts';
import { startCarrier } from './support/upstreams.ts';

const tenant = newTenant();
let api: Api;
let carrier: Awaited<ReturnType<typeof startCarrier>>;
let sims: Made;

beforeAll(async () => {
  [api, carrier] = await Promise.all([apiOf(tenant), startCarrier(24)]);
  sims = await carrier.connect(api, { syncEnabled: false, syncInterval: 3600 });
  await carrier.link(api, sims.id);
  const lost = carrier.carrier.sims[1];
  if (lost !== undefined) carrier.carrier.faults.missing.add(lost.carrierDeviceId);
  await api.call('PATCH', `/api/integrations/${sims.id}/sync-settings`, { syncEnabled: true });
  await synced(api, sims.id);
});

afterAll(() => carrier.close());

describe('the page of a carrier', () => {
  it('shows usage against a plan, states, and which devices are stale and why', async () => {
    const { page } = await openConsole(`/integrations/${sims.id}`, { tenant });
    const row = (id: string) => rowOf(page, `${id}`).filter({ has: page.getByText(id, { exact: true }) });
    await row('dev-1').waitFor();
    expect(await row('dev-1').textContent()).toMatch(/B.*(Active|Suspended|Ready|Deactivated)/);
    expect(await row('dev-2').textContent()).toContain('Stale');
    await page.getByText('1 device could not be read by the last run.').waitFor();

    const compare = page.getByRole('button', { name: 'Compare with a plan' });
    // Where the carrier tells the plan there is nothing to choose.
    if ((await compare.count()) > 0) {
      await compare.click();
      await choose(page, /^Plan of this account/, '1 MB');
      expect(await page.getByRole('spinbutton').inputValue()).toBe('1');
      await page.getByRole('dialog').getByRole('button', { name: 'Compare' }).click();
    }
    await expect.poll(() => row('dev-1').textContent()).toMatch(/ of .* \(\d+ %\)/);
  });

  it('finds, sorts and turns pages of devices', async () => {
    const { page } = await openConsole(`/integrations/${sims.id}`, { tenant });
    const rows = page.getByRole('table', { name: 'Devices' }).getByRole('row');
    await expect.poll(() => rows.count()).toBe(21);
    await page.getByRole('button', { name: /next page/i }).click();
    await expect.poll(() => rows.count()).toBe(5);
    await page.getByRole('searchbox', { name: 'Find devices' }).fill('dev-2');
    await expect.poll(() => rows.count()).toBe(7);
  });

  it('shows what a device used by day, links another and unlinks it', async () => {
    const { page, expectFailedRequests } = await openConsole(`/integrations/${sims.id}`, { tenant });
    expectFailedRequests();
    await rowOf(page, 'dev-3').first().getByRole('button').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('img', { name: /^Usage per day/ }).waitFor();
    await dialog.getByRole('button', { name: '90 days' }).click();
    await dialog.getByRole('img', { name: /^Usage per day/ }).waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Link a device' }).click();
    await dialog.getByRole('textbox', { name: 'Device id' }).fill('spare');
    await dialog.getByRole('textbox', { name: 'Id at the carrier' }).fill('424242');
    await dialog.getByRole('textbox', { name: /^ICCID/ }).fill('12');
    await dialog.getByRole('button', { name: 'Link' }).click();
    await dialog.getByText('an ICCID has 15 to 22 digits').last().waitFor();
    await dialog.getByRole('textbox', { name: /^ICCID/ }).fill('');
    await dialog.getByRole('button', { name: 'Link' }).click();
    await page.getByText('spare is linked').waitFor();
    await rowOf(page, 'Not read yet').getByRole('button', { name: 'spare' }).click();
    await dialog.getByRole('button', { name: 'Unlink' }).click();
    await page.getByRole('dialog', { name: 'Unlink spare?' }).getByRole('button', { name: 'Unlink' }).click();
    await page.getByText('spare is unlinked').waitFor();
    await page.getByText('No such device').waitFor();
  });

  it('claims a SIM, which may then be linked; a claim whose answer was lost is told plainly, and made anew only on demand', async () => {
    const { page, expectFailedRequests } = await openConsole(`/integrations/${sims.id}`, { tenant });
    expectFailedRequests();
    const dialog = page.getByRole('dialog');
    const iccid = dialog.getByRole('textbox', { name: 'ICCID', exact: true });
    const claim = dialog.getByRole('button', { name: 'Claim', exact: true });
    await page.getByRole('button', { name: 'Claim a SIM' }).click();
    await dialog.getByText('Hologram charges the account at once').waitFor();
    await iccid.fill('12');
    expect(await claim.isDisabled()).toBe(true);
    await choose(page, /^Plan/, '1 MB');
    await claim.click();
    await dialog.getByText('an ICCID has 15 to 22 digits').last().waitFor();

    await iccid.fill('8944500101198304826');
    await page.route('**/claim-sim', (route) => route.abort(), { times: 1 });
    await claim.click();
    await dialog.getByText('It is not known yet whether it was claimed').waitFor();
    carrier.carrier.faults.loseNextWrites = 2;
    await claim.click();
    await dialog.getByText('It may or may not have been claimed').waitFor();
    expect(carrier.carrier.faults.struck.lostWrite).toBe(1);
    // Whoever tries once more without a look gets the same answer.
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByRole('button', { name: 'Claim a SIM' }).click();
    await iccid.fill('8944500101198304826');
    await choose(page, /^Plan/, '1 MB');
    await claim.click();
    await dialog.getByText('It may or may not have been claimed').waitFor();
    const again = dialog.getByRole('button', { name: 'It is not there: claim it again' });
    await again.click();
    await expect.poll(() => carrier.carrier.faults.struck.lostWrite).toBe(2);
    await dialog.getByText('It may or may not have been claimed').waitFor();
    await again.click();

    await page.getByText('SIM 8944500101198304826 is claimed').waitFor();
    await dialog.getByRole('heading', { name: 'Link a device' }).waitFor();
    expect(await dialog.getByRole('textbox', { name: /^ICCID/ }).inputValue()).toBe('8944500101198304826');
    expect(await dialog.getByRole('textbox', { name: 'Id at the carrier' }).inputValue()).toMatch(/^9\d+$/);
  });

  it('offers no claim once the carrier turns out to have none', async () => {
    const { page, expectFailedRequests } = await openConsole(`/integrations/${sims.id}`, { tenant });
    expectFailedRequests();
    const answer = { error: { code: 'not_supported', message: 'It has no such function in its API.' } };
    await page.route('**/claim-sim', (route) => route.fulfill({ status: 422, json: answer }));
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Claim a SIM' }).click();
    await dialog.getByRole('textbox', { name: 'ICCID', exact: true }).fill('8944500101198304827');
    await choose(page, /^Plan/, '1 MB');
    await dialog.getByRole('button', { name: 'Claim', exact: true }).click();
    await dialog.getByText('It has no such function in its API.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Link a device' }).waitFor();
    expect(await page.getByRole('button', { name: 'Claim a SIM' }).count()).toBe(0);
  });

  it('says why a run failed, in the carrier’s words, and recovers', async () => {
    const { page } = await openConsole(`/integrations/${sims.id}`, { tenant });
    carrier.carrier.faults.always = 401;
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByText(/Last sync failed|Switched off after failures/).waitFor();
    carrier.carrier.faults.always = null;
    const again = page.getByRole('button', { name: 'Switch on again' });
    if ((await again.count()) > 0) await again.click();
    else await page.getByRole('button', { name: 'Run now' }).click();
    await expect
      .poll(() => api.call<Made>('GET', `/api/integrations/${sims.id}`).then((now) => now.status))
      .toBe('partial');
    await askNow(page);
    await page.getByText('Last sync was partial').waitFor();
  });
});
