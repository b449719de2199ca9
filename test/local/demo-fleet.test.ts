import { expect, it } from 'vitest';
import type { DemoApi } from '../../local/demo/demo-api.ts';
import { ensureIntegration } from '../../local/demo/demo-fleet.ts';

const WANTED = {
  name: 'Hologram fleet',
  kind: 'carrier',
  provider: 'hologram',
  baseUrl: 'http://127.0.0.1:2222/hologram',
  config: { pageSize: 100 },
  syncEnabled: false,
};
const KEPT = { id: 'one', name: WANTED.name, baseUrl: 'http://127.0.0.1:1111/hologram', status: 'success' };

/** What becomes of a kept integration, and what is changed of it. */
async function ensured(kept: object) {
  const changes: unknown[] = [];
  const api: DemoApi = {
    async call(method, _path, body) {
      if (method === 'PATCH') changes.push(body);
      return { integrations: [{ ...KEPT, ...kept }] };
    },
  };
  return { changes, ...(await ensureIntegration(WANTED, api)) };
}

it.each([
  ['was cut off before its devices were there', { status: 'pending', syncEnabled: false }, true],
  ['ran', { syncEnabled: true }, false],
  ['ran and was switched off by a person', { syncEnabled: false }, false],
])('knows of a kept integration of the demo that %s whether its data is still to come', async (_, kept, fresh) => {
  expect(await ensured(kept)).toMatchObject({ id: 'one', fresh });
});

it('points a kept integration at the new port, and leaves all else as a person has changed it', async () => {
  expect((await ensured({ syncEnabled: true })).changes).toEqual([{ baseUrl: WANTED.baseUrl }]);
});

it.each([null, 'https://hologram.example/api/1'])(
  'leaves one alone that a person has pointed at %s',
  async (baseUrl) => {
    expect((await ensured({ syncEnabled: true, baseUrl })).changes).toEqual([]);
  },
);
