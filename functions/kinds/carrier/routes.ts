import { integrationKey } from '../../model/ids.ts';
import { writePageCursor } from '../../model/page-cursor.ts';
import { ApiError, type Route, type RouteDeps, route } from '../route.ts';
import { openAccount } from './account.ts';
import { claimSim, notSupported } from './claim-sim.ts';
import { DAY_MS, utcDate } from './cycle.ts';
import { pageOf, slotOf } from './device-page.ts';
import { loadDays, loadStates } from './device-pages.ts';
import { deviceView } from './device-view.ts';
import { findLink, pageOfLinks, removeLink, saveLink } from './links.ts';
import type { CarrierClient, CarrierProvider } from './provider.ts';
import * as schema from './schema.ts';
import { openPartition, type Partition } from './store.ts';
import { wordedFailure } from './worded-failure.ts';

const OWN = { from: 'path', kind: 'carrier' } as const;
const DEVICES = '/api/integrations/{id}/devices';
/** How long somebody who waits for an answer lets the carrier stumble. */
const PATIENCE_MS = 10_000;

/** The carrier's part of the HTTP API. */
export function carrierRoutes(providers: Readonly<Record<string, CarrierProvider>>): readonly Route[] {
  const providerOf = ({ integration }: RouteDeps): CarrierProvider => {
    const provider = providers[integration.provider];
    if (provider === undefined) throw new ApiError(422, 'not_supported', `Unknown carrier ${integration.provider}.`);
    return provider;
  };
  const connect = async (deps: RouteDeps): Promise<CarrierClient> => {
    const provider = providerOf(deps);
    const run = await deps.connect(deps.integration);
    return provider.open(openAccount(run, provider.description, deps.clock.now() + PATIENCE_MS));
  };

  return [
    route({
      method: 'GET',
      path: DEVICES,
      summary: 'Linked devices with their usage and status, by device id',
      role: 'viewer',
      integration: OWN,
      query: schema.listQuery,
      response: schema.deviceList,
      async handle({ query }, deps) {
        const partition = partitionOf(deps);
        const { links, more } = await pageOfLinks(query.limit, query.cursor, partition);
        const states = await loadStates(
          links.map(({ ordinal }) => ordinal),
          partition,
        );
        const last = links.at(-1);
        return {
          devices: links.map((link) => deviceView(link, states.get(link.ordinal))),
          nextCursor: writePageCursor(more ? last?.deviceId : null),
        };
      },
    }),

    route({
      method: 'PUT',
      path: `${DEVICES}/{deviceId}`,
      summary: 'Link a device to its SIM at the carrier',
      role: 'operator',
      integration: OWN,
      params: schema.deviceParams,
      body: schema.linkBody,
      response: schema.device,
      async handle({ params, body }, deps) {
        const partition = partitionOf(deps);
        const { carrierDeviceId, name = null, iccid = null } = body;
        const link = await saveLink({ deviceId: params.deviceId, carrierDeviceId, name, iccid }, partition);
        const states = await loadStates([link.ordinal], partition);
        return deviceView(link, states.get(link.ordinal));
      },
    }),

    route({
      method: 'DELETE',
      path: `${DEVICES}/{deviceId}`,
      summary: 'Unlink a device; nothing changes at the carrier',
      role: 'operator',
      integration: OWN,
      params: schema.deviceParams,
      response: schema.nothing,
      status: 204,
      async handle({ params }, deps) {
        if (!(await removeLink(params.deviceId, partitionOf(deps)))) throw notLinked(params.deviceId);
        return undefined;
      },
    }),

    route({
      method: 'GET',
      path: `${DEVICES}/{deviceId}/usage`,
      summary: 'Bytes used by UTC day, for a plot; days nothing is known of are left out',
      role: 'viewer',
      integration: OWN,
      params: schema.deviceParams,
      query: schema.usageQuery,
      response: schema.usage,
      async handle({ params, query }, deps) {
        const partition = partitionOf(deps);
        const link = await findLink(params.deviceId, partition);
        if (link === undefined) throw notLinked(params.deviceId);
        const { from, to } = daysOf(query.from, query.to, deps.clock.now());
        const [days, states] = await Promise.all([
          loadDays(pageOf(link.ordinal), from, to, partition),
          loadStates([link.ordinal], partition),
        ]);
        const previous = states.get(link.ordinal)?.previous;
        return {
          days: [...days].flatMap(([date, used]) => {
            const bytes = used[slotOf(link.ordinal)];
            return typeof bytes === 'number' ? [{ date, bytes }] : [];
          }),
          previousCycle:
            previous === undefined
              ? null
              : {
                  start: new Date(previous.start).toISOString(),
                  end: new Date(previous.end).toISOString(),
                  bytes: previous.bytes,
                },
        };
      },
    }),

    route({
      method: 'GET',
      path: '/api/integrations/{id}/plans',
      summary: 'Plans the account can use, asked of the carrier; 422 not_supported where it has none',
      role: 'viewer',
      integration: OWN,
      response: schema.plans,
      async handle(_request, deps) {
        const { capabilities, description } = providerOf(deps);
        if (!capabilities.listPlans) throw notSupported(description.title);
        try {
          return { plans: await (await connect(deps)).listPlans?.() };
        } catch (error) {
          throw wordedFailure(error, description.title);
        }
      },
    }),

    route({
      method: 'POST',
      path: '/api/integrations/{id}/claim-sim',
      summary:
        'Claim a SIM for the account. This costs money at some carriers (Hologram charges the account at once). ' +
        'Idempotent by ICCID and by the header Idempotency-Key. A claim whose answer was lost is answered ' +
        'with 502 outcome_unknown, also when repeated, and is never sent again by itself; 422 not_supported where the carrier has none',
      role: 'operator',
      integration: OWN,
      header: {
        name: 'Idempotency-Key',
        description:
          'A repeat with the same key is the same claim; with another body: 409. Only a new key claims a SIM anew ' +
          'after outcome_unknown, or otherwise than before.',
      },
      body: schema.claimBody,
      response: schema.claimedSim,
      async handle({ body, headers }, deps) {
        const { capabilities, description } = providerOf(deps);
        if (capabilities.claimSim === null) throw notSupported(description.title);
        return claimSim(body, readIdempotencyKey(headers['idempotency-key']), {
          title: description.title,
          open: () => connect(deps),
          partition: partitionOf(deps),
          clock: deps.clock,
        });
      },
    }),
  ];
}

const partitionOf = ({ integration, data }: RouteDeps): Partition =>
  openPartition(integrationKey(integration.tenantId, integration.id), data);

const notLinked = (deviceId: string): ApiError =>
  new ApiError(404, 'not_found', `No device ${deviceId} is linked here.`);

function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const result = schema.idempotencyKey.safeParse(header.trim());
  if (result.success) return result.data;
  const message = 'Idempotency-Key must have 1 to 255 characters';
  throw new ApiError(400, 'invalid', message, [{ path: 'Idempotency-Key', message }]);
}

/** The UTC days of a query, both inclusive. */
function daysOf(from: string | undefined, to: string | undefined, now: number): { from: string; to: string } {
  const isDate = (text: string): boolean => !text.includes('T');
  const last = to === undefined ? now : isDate(to) ? Date.parse(to) : Date.parse(to) - 1;
  const first = from === undefined ? last - 30 * DAY_MS : Date.parse(from);
  if (first > last) {
    throw new ApiError(400, 'invalid', 'from must not be after to', [{ path: 'from', message: 'after to' }]);
  }
  return { from: utcDate(first), to: utcDate(last) };
}
