import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Started {
  readonly process: ChildProcess;
  /** All it printed so far. */
  readonly said: () => string;
  readonly ready: Promise<string>;
  /** Exit code and signal. */
  readonly ended: Promise<readonly [number | null, string | null]>;
}

let folder: string;
let running: Started[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'driftless-'));
});
afterEach(async () => {
  for (const { process, ended } of running) {
    process.kill('SIGKILL');
    await ended;
  }
  running = [];
  rmSync(folder, { recursive: true });
});

function start(...args: readonly string[]): Started {
  const child = spawn(process.execPath, ['local/start.ts', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const started: Started = {
    process: child,
    said: () => said,
    ready: new Promise((resolve) => {
      child.stdout.on('data', () => {
        const [, url] = /^Driftless is ready at (http:\/\/localhost:\d+)$/m.exec(said) ?? [];
        if (url !== undefined) resolve(url);
      });
    }),
    ended: new Promise((resolve) => child.once('close', (code, signal) => resolve([code, signal]))),
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.prependListener('data', (chunk) => {
      said += chunk;
    });
  }
  running.push(started);
  return started;
}

describe('npm start', () => {
  it('keeps the data directory to itself, and ends with 0 when it is told to, twice in a row too', async () => {
    const first = start('--empty', '--data', folder);
    const url = await first.ready;
    expect((await fetch(`${url}/api/openapi.json`)).status).toBe(200);
    const second = start('--empty', '--data', folder);
    expect(await second.ended).toEqual([1, null]);
    expect(second.said()).toMatch(/data directory .* is in use by process/);
    first.process.kill('SIGINT');
    first.process.kill('SIGTERM');
    expect(await first.ended).toEqual([0, null]);
    expect(first.said()).toBe(`Driftless is ready at ${url}\n`);
    // Free again.
    const third = start('--empty', '--data', folder);
    await third.ready;
    third.process.kill('SIGTERM');
    expect(await third.ended).toEqual([0, null]);
  }, 60_000);

  it('ends with 0 when it is told to stop while it starts', async () => {
    const { process: child, ended, said } = start('--empty', '--data', folder);
    while (!existsSync(join(folder, 'dynamodb'))) await wait(2);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(said()).toBe('');
  }, 30_000);

  it('says what does not make sense, and ends with 2', async () => {
    const wrong = start('--tick', 'often');
    expect(await wrong.ended).toEqual([2, null]);
    expect(wrong.said()).toContain('--tick takes whole seconds from 1 to 600, not "often"');
  }, 30_000);
});
