import { describe, expect, it } from 'vitest';
import { openConsole } from './support/console.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

describe('on a phone', () => {
  it('shows everything within its width, and opens the list of pages when asked', async () => {
    const { page } = await openConsole('/integrations', PHONE);
    await page.getByRole('list', { name: 'Integrations' }).getByText('Truck 1').waitFor();
    const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(await overflow()).toBeLessThanOrEqual(0);
    for (const name of ['Overview', 'Settings']) {
      await page.getByRole('button', { name: 'Open the list of pages' }).click();
      await page.getByRole('link', { name }).click();
      await page.getByRole('heading', { level: 1, name: new RegExp(`^${name}`) }).waitFor();
      expect(await overflow()).toBeLessThanOrEqual(0);
    }
    await page.goBack();
    await page.goBack();
    await page.getByRole('list', { name: 'Integrations' }).getByRole('link', { name: 'Truck 1' }).click();
    await page.getByText('Drag across a plot').waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: 'Sync history' }).click();
    await page.getByRole('dialog').getByText('Success').first().waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
  });
});
