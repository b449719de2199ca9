import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiRoute } from '../../functions/api/api-route.ts';
import { routeTable } from '../../functions/api/route-table.ts';
import type { Kind } from '../../functions/kinds/kind.ts';
import { kinds } from '../../functions/kinds/registry.ts';
import { asIntegrationId, asTenantId, type IntegrationId } from '../../functions/model/ids.ts';
import { KIND_NAMES, type KindName } from '../../functions/model/kind-name.ts';
import { deadLetterId, recordDeadLetter } from '../../functions/store/dead-letters.ts';
import { addEvent } from '../../functions/store/events.ts';
import { createIntegration } from '../../functions/store/integrations.ts';
import { fakeKinds } from './support/fake-kinds.ts';
import { type CallResult, callersOf, startTestApi, type TestApi } from './support/test-api.ts';

/** In everything of tenant A that B must not see: names, keys, messages. */
const CANARY = 'canary-of-a';
/** In every credential: in no answer to anybody. */
const SECRET = 'secret-canary';

/** A request that is right in itself, so that only who sends it can be wrong. A route without one here fails the tests. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /api/integrations': {
    name: `new ${CANARY}`,
    kind: 'carrier',
    provider: 'hosted',
    credentials: { apiKey: `${SECRET}-0123456789` },
  },
  'PATCH /api/integrations/{id}': { name: 'renamed' },
  'PATCH /api/integrations/{id}/sync-settings': { syncInterval: 600 },
  'PUT /api/integrations/{id}/devices/{deviceId}': { iccid: '89881234' },
  'PUT /api/settings': { notificationEmail: 'fleet@example.com' },
  'POST /v1/kkt/receipt': { total: 1 },
};

const REDRIVE_MANY = 'POST /api/dead-letters/redrive';

let api: TestApi;
const ids = new Map<KindName, IntegrationId>();
/** A letter of its own for every route that uses one up. */
const letters: Record<string, string> = {};

beforeAll(async () => {
  api = await startTestApi();
  const tenantId = asTenantId('a');
  for (const kind of KIND_NAMES) {
    const id = asIntegrationId(`a-${kind}`);
    ids.set(kind, id);
    const credentials = await api.vault.seal(tenantId, id, { apiKey: `${SECRET}-0123456789` });
    const { integration } = await createIntegration(
      {
        tenantId,
        id,
        name: `${kind} ${CANARY}`,
        kind,
        provider: kind === 'receipts' ? 'operator' : 'hosted',
        baseUrl: null,
        accountId: null,
        config: {},
        syncInterval: 3600,
        syncEnabled: true,
        credentials: kind === 'receipts' ? null : credentials,
      },
      api.db,
    );
    expect(integration.id).toBe(id);
  }
  const event = { type: 'disabled', integrationId: asIntegrationId('a-carrier'), message: CANARY };
  await addEvent(tenantId, event, { ...api.db, ids: api.deps.ids });
  letters['POST /api/dead-letters/{id}/redrive'] = await aLetter('redriven');
  letters['DELETE /api/dead-letters/{id}'] = await aLetter('deleted');
  letters[REDRIVE_MANY] = await aLetter('many');
});
afterAll(() => api.close());

async function aLetter(name: string): Promise<string> {
  const id = deadLetterId(api.clock.now(), name);
  const message = { v: 1, tenantId: 'a', integrationId: 'a-carrier', kind: 'carrier', slot: 1, trigger: 'schedule' };
  await recordDeadLetter(
    {
      tenantId: asTenantId('a'),
      id,
      kind: 'carrier',
      integrationId: asIntegrationId('a-carrier'),
      reason: CANARY,
      attempts: 4,
      lastError: CANARY,
      firstFailureAt: 0,
      lastFailureAt: 0,
      createdAt: api.clock.now(),
      subject: { type: 'message', body: JSON.stringify({ ...message, scheduleVersion: 1 }) },
    },
    api.db,
  );
  return id;
}

interface Table {
  readonly routes: readonly ApiRoute[];
  readonly kinds: Partial<Record<KindName, Kind>>;
}
const FAKES: Table = { routes: routeTable(fakeKinds), kinds: fakeKinds };
/** The kinds that are deployed, a fake where there is none: a body need not be known to be refused. */
const deployedKinds = { ...fakeKinds, ...kinds };
const DEPLOYED: Table = { routes: routeTable(deployedKinds), kinds: deployedKinds };

type Claims = { readonly tenant: string; readonly role: string } | null;
const named = (routes: readonly ApiRoute[]) => routes.map((route) => [nameOf(route), route] as const);
const nameOf = ({ method, path }: ApiRoute): string => `${method} ${path}`;

/** The route's request about what is A's. */
function send(route: ApiRoute, claims: Claims, table: Table): Promise<CallResult> {
  const own = String(ids.get(route.integration?.kind ?? 'carrier'));
  const path = route.path
    .replace('{id}', route.integration === undefined ? (letters[nameOf(route)] ?? '') : own)
    .replace(/\{\w+\}/g, 'one');
  const body = nameOf(route) === REDRIVE_MANY ? { ids: Object.values(letters) } : BODIES[nameOf(route)];
  return callersOf({ ...api.deps, kinds: table.kinds })(claims?.tenant ?? '', claims?.role ?? '')(route.method, path, {
    ...(route.integration?.from === 'query' && { query: { integrationId: own } }),
    ...(body !== undefined && { body }),
    ...(claims === null && { claims }),
  });
}

/** What A has, and what was sent for it. */
const stateOfA = async (): Promise<string> => `${await api.dump('a')} ${api.sent.length}`;

describe('another tenant’s', () => {
  const about = DEPLOYED.routes.filter(({ path, integration }) => path.includes('{') || integration !== undefined);

  it.each(named(about))('%s is 404 and changes nothing', async (_name, route) => {
    const before = await stateOfA();
    const answer = await send(route, { tenant: 'b', role: 'operator' }, DEPLOYED);
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    expect(answer.text).not.toContain(CANARY);
    expect(await stateOfA()).toBe(before);
  });

  const general = FAKES.routes.filter((route) => !about.some((other) => nameOf(other) === nameOf(route)));

  it.each(named(general))('%s shows and changes nothing of it', async (name, route) => {
    const before = await stateOfA();
    const answer = await send(route, { tenant: 'b', role: 'operator' }, FAKES);
    expect(answer.status).toBeLessThan(300);
    // What B sent itself comes back to it.
    if (name !== 'POST /api/integrations') expect(answer.text).not.toContain(CANARY);
    const sentForB = api.sent.filter(({ group }) => group === 'b').length;
    expect(`${await api.dump('a')} ${api.sent.length - sentForB}`).toBe(before);
    api.sent.length = 0;
  });

  it('dead letters are not found, one by one', async () => {
    const route = FAKES.routes.find((candidate) => nameOf(candidate) === REDRIVE_MANY);
    if (route === undefined) throw new Error('the route is gone');
    const { body } = await send(route, { tenant: 'b', role: 'operator' }, FAKES);
    expect(body).toMatchObject({ redriven: [], failed: Object.values(letters).map(() => ({ code: 'not_found' })) });
  });
});

describe('without a token', () => {
  it.each(named(DEPLOYED.routes))('%s is 401 and changes nothing', async (_name, route) => {
    const before = await stateOfA();
    expect((await send(route, null, DEPLOYED)).status).toBe(401);
    expect(await stateOfA()).toBe(before);
  });
});

describe('a viewer', () => {
  it.each(named(DEPLOYED.routes.filter(({ role }) => role === 'operator')))(
    'may not %s, and changes nothing',
    async (_name, route) => {
      const before = await stateOfA();
      const answer = await send(route, { tenant: 'a', role: 'viewer' }, DEPLOYED);
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
      expect(await stateOfA()).toBe(before);
    },
  );

  it.each(named(FAKES.routes.filter(({ role }) => role === 'viewer')))('may %s', async (_name, route) => {
    const before = await stateOfA();
    expect((await send(route, { tenant: 'a', role: 'viewer' }, FAKES)).status).toBe(200);
    expect(await stateOfA()).toBe(before);
  });

  it('reads with GET only: everything else is for operators', () => {
    const changing = DEPLOYED.routes.filter(({ method, role }) => method !== 'GET' && role !== 'operator');
    expect(changing.map(nameOf)).toEqual([]);
  });
});

// Last, because it deletes: what was refused above is right in itself.
describe('the tenant’s own operator', () => {
  /** What uses up what others need comes last. */
  const order = [REDRIVE_MANY, 'DELETE /api/integrations/{id}'];
  const last = (route: ApiRoute): number => order.indexOf(nameOf(route));

  it.each(named(FAKES.routes.toSorted((a, b) => last(a) - last(b))))('may %s', async (_name, route) => {
    const answer = await send(route, { tenant: 'a', role: 'operator' }, FAKES);
    expect(answer.status, answer.text).toBe(route.status ?? 200);
    const shape = route.response.safeParse(answer.text === '' ? undefined : answer.body);
    expect(shape.error?.issues ?? []).toEqual([]);
    expect(answer.text).not.toContain(SECRET);
  });

  it('finds no secret in the log of all this', () => {
    expect(api.logged.length).toBeGreaterThan(FAKES.routes.length);
    expect(JSON.stringify(api.logged)).not.toContain(SECRET);
  });
});
