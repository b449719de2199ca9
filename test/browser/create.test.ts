import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf, integrationsOf, newTenant, synced } from './support/api.ts';
import { askNow, choose, goThere, openConsole } from './support/console.ts';
import { startSource } from './support/upstreams.ts';

const tenant = newTenant();
let api: Api;
let source: Awaited<ReturnType<typeof startSource>>;

beforeAll(async () => {
  [api, source] = await Promise.all([apiOf(tenant), startSource()]);
});

afterAll(() => source.close());

describe('the wizard', () => {
  it('explains every provider by what it needs', async () => {
    const { page } = await openConsole('/integrations/new', { tenant });
    await page.getByText('API key, Organisation ID (optional)').waitFor();
    await page.getByText('https://dashboard.hologram.io/api/1').waitFor();
    await choose(page, /^Provider/, '1NCE');
    await page.getByText('Client ID, Client secret').waitFor();
    await page.getByRole('radio', { name: 'Receipts' }).check();
    await page.getByText('Every 10 seconds').waitFor();
  });

  it('creates a source: address refused, corrected, tested, fields chosen from what was found, scheduled', async () => {
    const { page, expectFailedRequests } = await openConsole('/integrations/new', { tenant });
    const next = () => page.getByRole('button', { name: 'Next' }).click();
    expectFailedRequests();
    await page.getByRole('radio', { name: 'Source' }).check();
    await next();

    await next();
    await page.getByText('Give it a name.').waitFor();
    await page.getByText('It is required.').waitFor();
    const name = page.getByRole('textbox', { name: 'Name', exact: true }).first();
    // The button is below all fields: whoever pressed it is led to the first that is wrong.
    await name.and(page.locator(':focus')).waitFor();
    await name.fill('Stations');
    await page.getByLabel('Base address').fill('http://10.0.0.1');
    await page.getByRole('textbox', { name: 'Address', exact: true }).fill('/v1/pages');
    await choose(page, /^Authentication/, 'Bearer');
    await page.getByLabel('Bearer token').fill(source.token);
    await choose(page, /^Pages By/, 'Page number');
    await next();
    // The API's own words, at the field they are about.
    await page.getByText('It could not be saved').waitFor();
    await page
      .getByText(/private|not allowed|loopback/i)
      .first()
      .waitFor();
    expect(await integrationsOf(api)).toEqual([]);

    await page.getByLabel('Base address').fill(source.url);
    await next();
    await page.getByText('the parameter that carries the page number is required').first().waitFor();
    await page.getByRole('textbox', { name: 'Parameter' }).first().fill('page');
    await next();
    await page.getByRole('heading', { name: 'Test the connection' }).waitFor();
    expect((await integrationsOf(api)).map(({ name, syncEnabled }) => [name, syncEnabled])).toEqual([
      ['Stations', false],
    ]);

    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText(/The connection works/).waitFor();
    // On a slow line, too, all that is ticked is kept.
    await page.route('**/api/integrations/*', async (route) => {
      if (route.request().method() === 'PATCH') await new Promise((resolve) => setTimeout(resolve, 500));
      await route.continue();
    });
    const fields = page.getByRole('table', { name: 'Fields of the source' });
    await fields.getByRole('checkbox', { name: 'main.temp', exact: true }).check();
    await fields.getByRole('checkbox', { name: 'station.code', exact: true }).check();
    await next();

    await choose(page, /^Interval/, 'Every 30 minutes');
    await page.getByRole('button', { name: 'Create integration' }).click();
    await page.getByRole('heading', { level: 1, name: 'Stations' }).waitFor();
    await page.getByText('Stations is created').waitFor();
    const [made] = await integrationsOf(api);
    const { syncInterval, syncEnabled } = await synced(api, made?.id ?? '');
    expect({ syncInterval, syncEnabled }).toEqual({ syncInterval: 1800, syncEnabled: true });
    const { config } = await api.call<{ config: { fields: object[] } }>('GET', `/api/integrations/${made?.id}`);
    expect(config.fields).toEqual([
      { name: 'main.temp', path: 'main.temp', dataType: 'number' },
      { name: 'station.code', path: 'station.code', dataType: 'string' },
    ]);
  });

  it('asks whoever leaves before what they have typed is lost', async () => {
    const { page } = await openConsole('/events', { tenant });
    await goThere(page, '/integrations/new');
    await page.getByRole('radio', { name: 'Vehicle' }).check();
    await page.getByRole('button', { name: 'Next' }).click();
    const name = page.getByRole('textbox', { name: 'Name', exact: true }).first();
    await name.fill('Half typed');
    const dialog = page.getByRole('dialog', { name: 'Discard this integration?' });
    for (const leave of [() => page.getByRole('link', { name: 'Settings' }).click(), () => page.goBack()]) {
      await leave();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      expect(await name.inputValue()).toBe('Half typed');
      expect(new URL(page.url()).pathname).toBe('/integrations/new');
    }
    await page.getByRole('link', { name: 'Settings' }).click();
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  });

  it('shows the answer of a test that fails, and discards what was saved for it', async () => {
    const { page } = await openConsole('/integrations/new', { tenant });
    const next = () => page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('radio', { name: 'Vehicle' }).check();
    await next();
    await page.getByRole('textbox', { name: 'Name', exact: true }).first().fill('Nobody there');
    await page.getByLabel('Base address').fill('http://127.0.0.1:9');
    await page.getByLabel(/API key/).fill('some-secret-key');
    await next();
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText(/The connection does not work/).waitFor();
    expect(await page.getByText('some-secret-key').count()).toBe(0);

    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('heading', { name: /^Integrations/ }).waitFor();
    expect((await integrationsOf(api)).map(({ name }) => name)).not.toContain('Nobody there');
  });
});

describe('an existing connection', () => {
  it('is edited without its credentials being shown, tested, and deleted by name', async () => {
    const made = await source.connect(api, { name: 'To edit', syncInterval: null });
    const { page, expectFailedRequests } = await openConsole(`/integrations/${made.id}`, { tenant });
    const more = async (item: string): Promise<void> => {
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await more('Edit connection');
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByLabel('Bearer token').inputValue()).toBe('');
    const name = dialog.getByRole('textbox', { name: 'Name', exact: true }).first();
    await name.fill('Edited');
    // A click beside the dialog throws nothing away; Enter saves.
    await page.mouse.click(10, 600);
    expect(await name.inputValue()).toBe('Edited');
    await name.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Edited' }).waitFor();

    await more('Test connection');
    await page.getByText(/The connection works/).waitFor();
    await page.keyboard.press('Escape');

    // Somebody else changes it while the form is open.
    await more('Edit connection');
    await api.call('PATCH', `/api/integrations/${made.id}`, { name: 'By somebody else' });
    expectFailedRequests();
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).first().fill('Mine');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText(/Close this and open it again/).waitFor();
    await page.keyboard.press('Escape');

    await askNow(page);
    await page.getByRole('heading', { level: 1, name: 'By somebody else' }).waitFor();
    await more('Delete');
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('By somebody else');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('By somebody else was deleted').waitFor();
    await page.goBack();
    await page.getByText('There is no such integration').waitFor();
  });
});
