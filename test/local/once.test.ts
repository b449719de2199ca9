import { expect, it } from 'vitest';
import type { DemoApi } from '../../local/demo/demo-api.ts';
import { waitForOneSyncEach } from '../../local/once.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const iso = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const integration = (id: string, over: object = {}): object => ({
  id,
  name: `the ${id}`,
  kind: 'source',
  syncEnabled: true,
  createdAt: iso(1),
  ...over,
});
const entry = (seconds: number, over: object = {}): object => ({
  status: 'SUCCESS',
  scheduledFor: iso(seconds),
  startedAt: iso(seconds + 0.25),
  duration: 40,
  recordsCount: 7,
  errorMessage: null,
  ...over,
});

/** An API with these integrations and histories (newest first), and the ids that were asked to sync. */
function apiWith(integrations: readonly object[], logs: Readonly<Record<string, readonly object[]>>) {
  const asked: string[] = [];
  const api: DemoApi = {
    call: async (method, path) => {
      const [, id = '', what] = /^\/api\/integrations\/(\w+)\/([\w-]+)/.exec(path) ?? [];
      if (method === 'POST' && what === 'sync') return asked.push(id);
      if (what === 'sync-history') return { logs: logs[id] ?? [] };
      if (method === 'GET' && path.startsWith('/api/integrations?')) return { integrations };
      throw new Error(`${method} ${path}`);
    },
  };
  return { api, asked };
}

async function once({ api }: { readonly api: DemoApi }): Promise<{ good: boolean; printed: readonly string[] }> {
  const printed: string[] = [];
  const print = (line: string): void => void printed.push(line);
  const good = await waitForOneSyncEach(api, { startedAt: START, print, signal: new AbortController().signal });
  return { good, printed };
}

it('prints the first run of each, and is content when all went well, in part too', async () => {
  const fleet = apiWith([integration('one'), integration('two')], {
    one: [entry(60, { recordsCount: 9 }), entry(2)],
    two: [entry(3, { status: 'PARTIAL', errorMessage: '1 device failed' })],
  });
  expect(await once(fleet)).toEqual({
    good: true,
    printed: [
      'integration  outcome  records  lateness  ms',
      'the one      SUCCESS        7  0.3 s     40',
      'the two      PARTIAL        7  0.3 s     40',
      'the two: 1 device failed',
    ],
  });
  expect(fleet.asked).toEqual([]);
});

it('is not content when one failed', async () => {
  const fleet = apiWith([integration('one'), integration('two')], {
    one: [entry(2)],
    two: [entry(3, { status: 'FAILED', errorMessage: 'wrong key' })],
  });
  const { good, printed } = await once(fleet);
  expect(good).toBe(false);
  expect(printed.at(-1)).toBe('the two: wrong key');
});

it('asks kept integrations for a run of this start, and leaves out those a person switched off', async () => {
  const kept = { createdAt: iso(-3600) };
  const fleet = apiWith([integration('kept', kept), integration('off', { ...kept, syncEnabled: false })], {
    kept: [
      entry(2, { status: 'FAILED', errorMessage: 'wrong key' }),
      entry(1, { status: 'FAILED', errorMessage: 'worker stopped' }),
      entry(-60),
    ],
  });
  const { good, printed } = await once(fleet);
  expect(good).toBe(false);
  expect(printed.slice(1)).toEqual(['the kept     FAILED         7  0.3 s     40', 'the kept: wrong key']);
  expect(fleet.asked).toEqual(['kept']);
});
