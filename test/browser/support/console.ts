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
/** By their options. Kept open: what the browser has loaded once need not be loaded and compiled for every test. */
const contexts = new Map<string, Promise<BrowserContext>>();
const pages: Page[] = [];
const complaints: string[] = [];

afterEach(async () => {
  // What one test has chosen (view, colours) is not the next one's.
  for (const page of pages) await page.evaluate('localStorage.clear()').catch(() => undefined);
  await Promise.all(pages.splice(0).map((page) => page.close()));
  for (const context of contexts.values()) await (await context).setOffline(false);
  expect(complaints.splice(0)).toEqual([]);
});

async function newContext(options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(15_000);
  return context;
}

function contextFor(options: BrowserContextOptions): Promise<BrowserContext> {
  const key = JSON.stringify(options);
  const known = contexts.get(key) ?? newContext(options);
  contexts.set(key, known);
  return known;
}

/** A new tab. */
export async function blankPage(options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await contextFor(options);
  const page = await context.newPage();
  pages.push(page);
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

/** Goes to another page of the console without loading anything anew, as a link does. */
export async function goThere(page: Page, path: string): Promise<void> {
  await page.evaluate(
    `history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`,
  );
}
