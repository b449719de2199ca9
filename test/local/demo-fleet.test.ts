import { expect, it } from 'vitest';
import type { DemoApi } from '../../local/demo/demo-api.ts';
import { ensureIntegration } from '../../local/demo/demo-fleet.ts';

const WANTED = { name: 'Hologram fleet', kind: 'carrier', provider: 'hologram', syncEnabled: false };

it.each([
  ['was cut off before its devices were there', { status: 'pending', syncEnabled: false }, true],
  ['ran', { status: 'success', syncEnabled: true }, false],
  ['ran and was switched off by a person', { status: 'success', syncEnabled: false }, false],
])('knows of a kept integration of the demo that %s whether its data is still to come', async (_, kept, fresh) => {
  const api: DemoApi = {
    call: async (method) => (method === 'GET' ? { integrations: [{ id: 'one', name: WANTED.name, ...kept }] } : {}),
  };
  expect(await ensureIntegration(WANTED, api)).toEqual({ id: 'one', fresh });
});
