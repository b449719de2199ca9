import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the local system listens: `http://localhost:12345`. */
    url: string;
    browser: string;
  }
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const READY_WITHIN_MS = 40_000;
const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/**
 * The whole local system with its demo fleet, started as a user would, and one real Chromium. With CONSOLE_URL the system
 * that runs there instead: one that has been running for an hour makes better screenshots.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env.CONSOLE_URL;
  const url = running ?? `http://localhost:${await freePort()}`;
  const system = running === undefined ? startSystem(new URL(url).port) : undefined;
  const profile = await mkdtemp(join(tmpdir(), 'driftless-browser-'));
  const browser = await chromium.launchServer({
    executablePath: CHROMIUM,
    headless: true,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    env: { ...process.env, HOME: profile },
  });
  try {
    await Promise.all([system && ready(system), consoleBuilt(url)]);
    await demoFleetSynced(url);
  } catch (error) {
    await browser.close();
    await stop(system);
    throw error;
  }
  project.provide('url', url);
  project.provide('browser', browser.wsEndpoint());
  return async () => {
    await browser.close();
    await stop(system);
    await rm(profile, { recursive: true, force: true });
  };
}

const startSystem = (port: string): ChildProcess =>
  spawn(process.execPath, ['local/start.ts', '--port', port], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });

function ready(system: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    system.stdout?.on('data', (text) => {
      output += text;
      if (output.includes('Driftless is ready at')) resolve();
    });
    system.once('exit', (code) => reject(new Error(`the local system ended with ${code}: ${output.slice(-2000)}`)));
  });
}

async function stop(system: ChildProcess | undefined): Promise<void> {
  if (system === undefined || system.exitCode !== null || system.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    system.once('exit', () => resolve());
    system.kill('SIGTERM');
  });
}

const consoleBuilt = (url: string): Promise<void> =>
  eventually(async () => {
    const page = await (await fetch(url)).text();
    if (page.includes('could not be built')) throw new GaveUp('the console could not be built: vite build console');
    return page.includes('id="root"');
  }, 'the console is built');

/** Shown on every page of a kind; others of the demo take longer. */
const SHOWN = ['Hologram fleet', 'Truck 1', 'Weather stations (REST)', 'Shop register 1'];

async function demoFleetSynced(url: string): Promise<void> {
  const body = JSON.stringify({ tenantId: 'demo', role: 'viewer' });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/dev/token`, { method: 'POST', headers, body });
  const { token } = (await answer.json()) as { token: string };
  await eventually(async () => {
    const response = await fetch(`${url}/api/integrations`, { headers: { authorization: `Bearer ${token}` } });
    const { integrations } = (await response.json()) as { integrations: { name: string; lastSyncAt: string | null }[] };
    return SHOWN.every((wanted) => integrations.some(({ name, lastSyncAt }) => name === wanted && lastSyncAt !== null));
  }, 'the demo fleet has synced');
}

class GaveUp extends Error {}

async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end; ) {
    const held = await holds().catch((error) => {
      if (error instanceof GaveUp) throw error;
      return false;
    });
    if (held) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`waited in vain until ${what}`);
}

async function freePort(): Promise<number> {
  const server = await new Promise<Server>((resolve) => {
    const listening = createServer().listen(0, '127.0.0.1', () => resolve(listening));
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
