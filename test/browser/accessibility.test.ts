import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf, integrationsOf, type Made, until } from './support/api.ts';
import { goThere, openConsole } from './support/console.ts';
import { startCarrier, startOperator, startSource } from './support/upstreams.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENSHOTS = join(import.meta.dirname, '..', '..', 'docs', 'screenshots');
const SCREENSHOT = { width: 1440, height: 810 };
const MAX_SCREENSHOT_BYTES = 200_000;

interface Shown {
  readonly name: string;
  readonly path: string;
  /** What is there when the page has what it shows. */
  readonly text: RegExp;
  readonly open?: (page: Page) => Promise<void>;
  /** Written to docs/screenshots on demand. */
  readonly screenshot?: 'light' | 'dark';
  /** How far down the page the screenshot begins. */
  readonly scroll?: number;
}

const ids = new Map<string, string>();

const upstreams: { close(): Promise<unknown> }[] = [];

/** So that there is something to show besides green. */
async function makeTrouble(api: Api): Promise<void> {
  const [source, operator, carrier] = await Promise.all([startSource(), startOperator(), startCarrier(3)]);
  upstreams.push(source, operator, carrier);
  source.service.failNext(...Array.from({ length: 50 }, () => ({ type: 'status', status: 503 }) as const));
  carrier.carrier.faults.always = 401;
  operator.state.refuse = 'The INN of the seller is not registered';
  const retrying = await source.connect(api, { name: 'Fuel prices', syncInterval: 1800 });
  const refused = await carrier.connect(api, { name: 'Test bench SIMs', syncInterval: 600 });
  const register = await operator.connect(api, { name: 'Shop register 2' });
  await source.connect(api, { name: 'Warehouse stock', syncEnabled: false });
  await carrier.link(api, refused.id);
  await api.call('POST', `/api/integrations/${refused.id}/sync`);
  await operator.sell(api, register.id, 249.9);
  await operator.sell(api, register.id, 1180);
  await Promise.all([retrying, refused].map(({ id }) => failed(api, id)));
  await until(
    () => api.call<{ deadLetters: unknown[] }>('GET', '/api/dead-letters'),
    ({ deadLetters }) => deadLetters.length >= 2,
    'two receipts are rejected',
  );
}

const failed = (api: Api, id: string) =>
  until(
    () => api.call<Made>('GET', `/api/integrations/${id}`),
    ({ lastSyncError }) => lastSyncError !== null,
    'it has failed',
  );

beforeAll(async () => {
  const api = await apiOf('demo');
  if (!(await integrationsOf(api)).some(({ name }) => name === 'Fuel prices')) await makeTrouble(api);
  for (const { id, name } of await integrationsOf(await apiOf('demo'))) ids.set(name, id);
});

afterAll(() => Promise.all(upstreams.map((upstream) => upstream.close())));

const of = (name: string): string => `/integrations/*${name}`;
const clickFirst = (name: RegExp | string) => (page: Page) => page.getByRole('button', { name }).first().click();

const PAGES: readonly Shown[] = [
  { name: 'overview', path: '/', text: /Half of .* began within/, screenshot: 'light' },
  {
    name: 'integrations',
    path: '/integrations',
    text: /Hologram fleet/,
    screenshot: 'light',
  },
  {
    name: 'integrations-cards',
    path: '/integrations',
    text: /Hologram fleet/,
    open: clickFirst('Cards'),
    screenshot: 'dark',
  },
  { name: 'carrier', path: of('Hologram fleet'), text: /hologram-001/, screenshot: 'light' },
  {
    name: 'device',
    path: of('Hologram fleet'),
    text: /hologram-001/,
    open: async (page) => {
      await page.getByRole('table', { name: 'Devices' }).getByRole('button').nth(8).click();
      await page.getByText('Usage per day').waitFor();
    },
  },
  { name: 'vehicle', path: of('Truck 1'), text: /Drag across a plot/, screenshot: 'dark', scroll: 480 },
  { name: 'source', path: of('Weather stations (REST)'), text: /Path in a row/ },
  {
    name: 'claim',
    path: of('Hologram fleet'),
    text: /hologram-001/,
    open: async (page) => {
      await page.getByRole('button', { name: 'Claim a SIM' }).click();
      await page.getByText('charges the account').waitFor();
    },
  },
  { name: 'receipts', path: of('Shop register 1'), text: /Sale, 1 item/, screenshot: 'light' },
  {
    name: 'history',
    path: of('Truck 1'),
    text: /Drag across a plot/,
    open: async (page) => {
      await page.getByRole('button', { name: 'Sync history' }).click();
      await page.getByRole('dialog').getByText('Success').first().waitFor();
    },
    screenshot: 'light',
  },
  {
    name: 'sync-settings',
    path: '/integrations',
    text: /Hologram fleet/,
    open: async (page) => {
      await page.getByRole('button', { name: 'Table' }).click();
      await page
        .getByRole('row')
        .filter({ hasText: 'Hologram fleet' })
        .getByRole('button', { name: 'Sync settings' })
        .click();
      await page.getByRole('button', { name: /^Interval/ }).click();
      await page.getByRole('option').first().waitFor();
    },
  },
  { name: 'create', path: '/integrations/new', text: /API key, Organisation ID/, screenshot: 'light' },
  { name: 'dead-letters', path: '/dead-letters', text: /INN of the seller/, screenshot: 'light' },
  {
    name: 'redrive-kind',
    path: '/dead-letters',
    text: /INN of the seller/,
    open: async (page) => {
      await page.getByRole('button', { name: 'Redrive a whole kind' }).click();
      await page.getByText('will be put back to work').waitFor();
    },
  },
  { name: 'events', path: '/events', text: /^Events$/ },
  { name: 'settings', path: '/settings', text: /Default vehicle key/ },
  // The last one: whoever leaves it is asked first.
  {
    name: 'connection',
    path: '/integrations/new',
    text: /API key, Organisation ID/,
    open: async (page) => {
      await page.getByRole('radio', { name: 'Source' }).check();
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByRole('button', { name: 'Add a row' }).click();
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('Give it a name.').waitFor();
    },
  },
];

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Only what colours decide differs in the dark. */
const RULES = { light: '{}', dark: "{ runOnly: ['color-contrast', 'link-in-text-block'] }" } as const;

async function seriousIn(page: Page, mode: 'light' | 'dark'): Promise<readonly string[]> {
  const run = `axe.run(document, { resultTypes: ['violations'], ...${RULES[mode]} })`;
  const { violations } = await page.evaluate<{ readonly violations: readonly Violation[] }>(run);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) =>
      [id, ...nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`)].join('\n'),
    );
}

async function setMode(page: Page, mode: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: mode });
  const isDark = () => page.evaluate("document.body.classList.contains('awsui-dark-mode')");
  await expect.poll(isDark).toBe(mode === 'dark');
}

describe('every page, light and dark', () => {
  it('has nothing that axe finds serious or critical', { timeout: 150_000 }, async () => {
    const { page } = await openConsole('/settings', { viewport: SCREENSHOT });
    await page.evaluate(AXE);
    for (const { name, path, text, open, screenshot, scroll = 0 } of PAGES) {
      await setMode(page, 'light');
      await goThere(
        page,
        path.replace(/\*(.*)$/, (_, wanted) => ids.get(wanted) ?? wanted),
      );
      await page.getByText(text).first().waitFor();
      await open?.(page);
      for (const mode of ['light', 'dark'] as const) {
        await setMode(page, mode);
        expect(await seriousIn(page, mode), `${name}, ${mode}`).toEqual([]);
        if (screenshot === mode) await keepScreenshot(page, name, scroll);
      }
    }
  });
});

/** For the README; only when asked for, because every one is a little different. */
async function keepScreenshot(page: Page, name: string, scroll: number): Promise<void> {
  if (process.env.UPDATE_SCREENSHOTS !== '1') return;
  await page.evaluate(`scrollTo(0, ${scroll})`);
  const png = await page.screenshot({ animations: 'disabled' });
  expect(png.length).toBeLessThan(MAX_SCREENSHOT_BYTES);
  await mkdir(SCREENSHOTS, { recursive: true });
  await writeFile(join(SCREENSHOTS, `${name}.png`), png);
}
