import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterEach, expect, inject } from 'vitest';

/** A page of the console, opened by somebody. What its browser's console complains of fails the test that caused it. */
export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** For a test that makes requests fail: the browser itself then says so. */
  expectFailedRequests(): void;
}

export interface Who extends BrowserContextOptions {
  readonly tenant?: string;
  readonly role?: 'viewer' | 'operator';
}

const WIDE = { width: 1440, height: 900 };
const browser = await chromium.connect(inject('browser'));
/** Kept open: what the browser has loaded once need not be loaded and compiled for every test. */
let shared: BrowserContext | undefined;
const closing: (() => Promise<unknown>)[] = [];
const complaints: string[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await shared?.setOffline(false);
  expect(complaints.splice(0)).toEqual([]);
});

async function newContext(options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(8_000);
  return context;
}

/** A tab of its own. With options it belongs to a browser profile of its own, in which nothing was ever loaded. */
export async function blankPage(options: BrowserContextOptions = {}): Promise<Opened> {
  const own = Object.keys(options).length > 0;
  if (!own) shared ??= await newContext({});
  const context = own || shared === undefined ? await newContext(options) : shared;
  const page = await context.newPage();
  closing.push(async () => {
    if (own) return context.close();
    // What one test has chosen (view, colours) is not the next one's.
    await page.evaluate('localStorage.clear()').catch(() => undefined);
    return page.close();
  });
  let failuresExpected = false;
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (failuresExpected && message.text().startsWith('Failed to load resource')) return;
    complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.stack ?? error.message}`));
  return {
    page,
    context,
    expectFailedRequests() {
      failuresExpected = true;
    },
  };
}

/** The address of a page, for the one who looks. */
export function addressOf(path: string, { tenant, role }: Pick<Who, 'tenant' | 'role'>): string {
  const url = new URL(path, inject('url'));
  if (tenant !== undefined) url.searchParams.set('tenant', tenant);
  if (role !== undefined) url.searchParams.set('role', role);
  return url.href;
}

/** Opens a page and waits until it has its heading. */
export async function openConsole(path: string, who: Who = {}): Promise<Opened> {
  const { tenant, role, ...options } = who;
  const console = await blankPage(options);
  await console.page.goto(addressOf(path, { ...(tenant && { tenant }), ...(role && { role }) }));
  await console.page.getByRole('heading', { level: 1 }).first().waitFor();
  return console;
}

/** The row of a table, or the card, that has this text. */
export const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

/** Chooses an option of a dropdown by its label. */
export async function choose(page: Page, label: string | RegExp, option: string): Promise<void> {
  await page
    .locator('button')
    .and(page.getByRole('button', { name: label }))
    .click();
  await page.getByRole('option', { name: option }).first().click();
}

/** Asks for everything anew, as it does when the network is back; otherwise a test would wait for the next poll. */
export const askNow = (page: Page): Promise<void> => page.evaluate("dispatchEvent(new Event('online'))");
