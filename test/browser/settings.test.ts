import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf, newTenant } from './support/api.ts';
import { openConsole } from './support/console.ts';

const tenant = newTenant();
let api: Api;

beforeAll(async () => {
  api = await apiOf(tenant);
});

const settings = () =>
  api.call<{ vehicleDefaultApiKey: { set: boolean }; notificationEmail: string | null }>('GET', '/api/settings');

describe('settings', () => {
  it('take an address for notices; one that is none is refused in words', async () => {
    const { page, expectFailedRequests } = await openConsole('/settings', { tenant });
    expectFailedRequests();
    const email = page.getByLabel('E-mail address');
    await email.fill('nobody@');
    await page.getByRole('button', { name: 'Save address' }).click();
    await page.getByText('The settings could not be saved').waitFor();
    await email.fill('ops@example.com');
    await email.press('Enter');
    const notice = page.getByText('Local mode sends no mail: what ops@example.com would get');
    await notice.waitFor();
    expect((await settings()).notificationEmail).toBe('ops@example.com');
    // It stays: on AWS it tells of a mail that has to be confirmed.
    await page.waitForTimeout(7_000);
    expect(await notice.count()).toBe(1);
  });

  it('take a default vehicle key, and never show it again', async () => {
    const { page } = await openConsole('/settings', { tenant });
    await page.getByText('Not set').waitFor();
    await page.getByLabel('Key', { exact: true }).fill('a-very-secret-vehicle-key-9876');
    await page.getByRole('button', { name: 'Save key' }).click();
    await page.getByText('Set, ends with 9876').waitFor();
    expect(await page.getByLabel('New key').inputValue()).toBe('');
    expect(await page.content()).not.toContain('a-very-secret');
    await page.getByRole('button', { name: 'Remove key' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove key' }).click();
    await page.getByText('Not set').waitFor();
    expect((await settings()).vehicleDefaultApiKey.set).toBe(false);
  });
});
