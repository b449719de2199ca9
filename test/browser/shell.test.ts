import { describe, expect, it } from 'vitest';
import { newTenant } from './support/api.ts';
import { addressOf, blankPage, openConsole, rowOf } from './support/console.ts';

describe('the frame', () => {
  it('is dark or light as the system is, until somebody chooses; the choice is remembered', async () => {
    const { page } = await openConsole('/settings', { colorScheme: 'dark' });
    const isDark = () => page.evaluate<boolean>("document.body.classList.contains('awsui-dark-mode')");
    expect(await isDark()).toBe(true);
    await page.getByRole('button', { name: /^Colours/ }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Light' }).click();
    await expect.poll(isDark).toBe(false);
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await isDark()).toBe(false);
  });

  it('goes from page to page without a reload, by keyboard too, and says where one is', async () => {
    const { page } = await openConsole('/', { tenant: newTenant() });
    await page.evaluate('window.stillHere = true');
    for (const name of ['Integrations', 'Dead letters', 'Events', 'Settings']) {
      await page.getByRole('link', { name }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: new RegExp(`^${name}`) }).waitFor();
      await expect.poll(() => page.title()).toBe(`${name} · Driftless`);
    }
    // The focus has gone to the new page.
    expect(await page.evaluate("document.activeElement.classList.contains('page')")).toBe(true);
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
    expect(await page.evaluate('window.stillHere')).toBe(true);
    expect(new URL(page.url()).searchParams.get('tenant')).toMatch(/^browser-/);
  });

  it('says so where there is no page', async () => {
    const { page } = await openConsole('/nowhere');
    await page.getByText('There is no such page').waitFor();
  });

  it.each(['/integrations/nobody', '/integrations/%E0%A4%A'])(
    'says so where there is no integration: %s',
    async (path) => {
      const { page, expectFailedRequests } = await blankPage();
      expectFailedRequests();
      await page.goto(addressOf(path, {}));
      await page.getByText('There is no such integration').waitFor();
    },
  );

  it('shows a viewer no button that changes something', async () => {
    const { page } = await openConsole('/integrations', { role: 'viewer' });
    const row = rowOf(page, 'Hologram fleet').first();
    await row.getByRole('button', { name: 'Sync history' }).waitFor();
    await page.getByRole('button', { name: 'demo (viewer)' }).waitFor();
    const changing =
      /Run now|Pause|Resume|Sync settings|Create|More|Link|Unlink|Save|Remove|Delete|Redrive|Send a batch/;
    expect(await page.getByRole('button', { name: changing }).count()).toBe(0);
    for (const name of ['Hologram fleet', 'Shop register 1']) {
      await page.getByRole('link', { name }).first().click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await page
        .getByText(/^(Devices|Receipts)$/)
        .first()
        .waitFor();
      expect(await page.getByRole('button', { name: changing }).count()).toBe(0);
      await page.goBack();
    }
    for (const name of ['Dead letters', 'Settings']) {
      await page.getByRole('link', { name }).click();
      await page.getByRole('heading', { level: 1, name: new RegExp(`^${name}`) }).waitFor();
      expect(await page.getByRole('button', { name: changing }).count()).toBe(0);
    }
  });

  it('says so when nobody can be signed in', async () => {
    const { page, expectFailedRequests } = await blankPage();
    expectFailedRequests();
    await page.route('**/dev/token', (route) =>
      route.fulfill({ status: 400, json: { error: { code: 'invalid', message: 'The body is not valid.' } } }),
    );
    await page.goto(addressOf('/', {}));
    await page.getByText('You could not be signed in').waitFor();
  });

  it('gets a new token when the API refuses the old one', async () => {
    const { page, expectFailedRequests } = await blankPage();
    expectFailedRequests();
    let refused = 0;
    await page.route('**/api/overview', (route) => {
      refused += 1;
      return refused === 1 ? route.fulfill({ status: 401, json: {} }) : route.continue();
    });
    let issued = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/dev/token')) issued += 1;
    });
    await page.goto(addressOf('/', {}));
    await page.getByText('Syncs in the last hour').waitFor();
    expect(issued).toBe(2);
  });
});
