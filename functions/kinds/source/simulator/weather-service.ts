import { createHash } from 'node:crypto';
import type { Clock } from '../../../platform/clock.ts';
import { json, type SimulatedRequest, type SimulatedResponse } from './exchange.ts';
import { applyFault, type Fault } from './faults.ts';
import { answerGraphql } from './graphql.ts';
import { cursorAt, type Offer, type PagingFault, pageAt, readCursor, since } from './paging.ts';
import { type Observation, observations, type Weather } from './weather.ts';

export type SimulatedAuth =
  | { readonly type: 'none' }
  | { readonly type: 'apiKey'; readonly header: string; readonly key: string }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string };

export interface WeatherServiceOptions extends Partial<Weather> {
  readonly clock: Pick<Clock, 'now'>;
  readonly auth?: SimulatedAuth;
  readonly pageSize?: number;
}

/**
 * A weather service with every kind of paging:
 *
 *   GET  /v1/current                     array; the latest observation of each station; ETag and Last-Modified
 *   GET  /v1/observations?since          { items }; from `since` on, inclusive; ETag
 *   GET  /v1/pages?page&per_page&since   { data, page }; pages from 1, an empty one after the last
 *   GET  /v1/cursor?cursor&limit&since   { results, meta: { next_cursor } }
 *   GET  /v1/link?offset&limit&since     array; Link: <…>; rel="next"
 *   GET  /v1/report                      one object
 *   POST /v1/search { station }          { rows }
 *   POST /graphql                        query observations(first, after, since) { edges { node } pageInfo }
 */
export interface WeatherService {
  handle(request: SimulatedRequest): SimulatedResponse;
  /** All requests so far. */
  readonly requests: readonly SimulatedRequest[];
  /** The next answers go wrong, one after the other; undefined lets one through. */
  failNext(...faults: (Fault | undefined)[]): void;
  /** How many of the faults have happened. */
  readonly faultsFired: number;
  /** All lists go wrong in this way, until it is taken back. */
  pagingFault: PagingFault | undefined;
  /** Takes the place of the weather. */
  rows: readonly unknown[] | undefined;
}

export function createWeatherService(options: WeatherServiceOptions): WeatherService {
  const { clock, auth = { type: 'none' }, pageSize = 50 } = options;
  const weather = { stations: 5, everyMs: 600_000, keptMs: 24 * 3600_000, ...options };
  const requests: SimulatedRequest[] = [];
  const faults: (Fault | undefined)[] = [];
  let faultsFired = 0;
  const service: WeatherService = {
    requests,
    get faultsFired() {
      return faultsFired;
    },
    pagingFault: undefined,
    rows: undefined,
    failNext: (...next) => faults.push(...next),
    handle(request) {
      requests.push(request);
      const fault = faults.shift();
      const answer = (): SimulatedResponse =>
        isAllowed(request, auth)
          ? route(request, {
              rows: (service.rows as readonly Observation[] | undefined) ?? observations(clock.now(), weather),
              pageSize,
              fault: service.pagingFault,
            })
          : json({ error: 'unauthorized' }, 401);
      if (fault === undefined) return answer();
      faultsFired += 1;
      return applyFault(fault, request, answer);
    },
  };
  return service;
}

function isAllowed({ headers }: SimulatedRequest, auth: SimulatedAuth): boolean {
  switch (auth.type) {
    case 'none':
      return headers.authorization === undefined;
    case 'apiKey':
      return headers[auth.header.toLowerCase()] === auth.key;
    case 'bearer':
      return headers.authorization === `Bearer ${auth.token}`;
    case 'basic': {
      const pair = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
      return headers.authorization === `Basic ${pair}`;
    }
  }
}

function route(request: SimulatedRequest, offer: Offer): SimulatedResponse {
  const { method, url } = request;
  switch (`${method} ${url.pathname}`) {
    case 'GET /v1/current':
      return allow(url, []) ?? notModified(request, latest(offer.rows));
    case 'GET /v1/observations':
      return allow(url, ['since']) ?? notModified(request, { items: since(offer.rows, url.searchParams.get('since')) });
    case 'GET /v1/pages':
      return allow(url, ['page', 'per_page', 'since']) ?? byPage(url, offer);
    case 'GET /v1/cursor':
      return allow(url, ['cursor', 'limit', 'since']) ?? byCursor(url, offer);
    case 'GET /v1/link':
      return allow(url, ['offset', 'limit', 'since']) ?? byLink(url, offer);
    case 'GET /v1/report':
      return json({ generated: offer.rows.at(-1)?.observedAt ?? null, totals: { observations: offer.rows.length } });
    case 'POST /v1/search': {
      const { station } = JSON.parse(request.body) as { station?: unknown };
      return json({ rows: offer.rows.filter((row) => row.station.code === station) });
    }
    case 'POST /graphql':
      return answerGraphql(request.body, offer);
    default:
      return json({ error: `no such route: ${method} ${url.pathname}` }, 404);
  }
}

/** A service that ignored what it does not know would hide a misspelt parameter. */
function allow(url: URL, names: readonly string[]): SimulatedResponse | undefined {
  const unknown = [...url.searchParams.keys()].find((name) => !names.includes(name));
  return unknown === undefined ? undefined : json({ error: `unknown parameter ${unknown}` }, 400);
}

function latest(rows: readonly Observation[]): readonly Observation[] {
  return [...new Map(rows.map((row) => [row.station?.code ?? row, row])).values()];
}

function notModified({ headers }: SimulatedRequest, body: unknown): SimulatedResponse {
  const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16)}"`;
  return headers['if-none-match'] === etag ? { status: 304, headers: { etag }, body: '' } : json(body, 200, { etag });
}

function byPage(url: URL, { rows, pageSize, fault }: Offer): SimulatedResponse {
  const page = Number(url.searchParams.get('page') ?? 1);
  const size = Number(url.searchParams.get('per_page') ?? pageSize);
  if (!Number.isInteger(page) || page < 1) return json({ error: 'page counts from 1' }, 400);
  return json({ page, data: pageAt(since(rows, url.searchParams.get('since')), (page - 1) * size, size, fault).rows });
}

function byCursor(url: URL, { rows, pageSize, fault }: Offer): SimulatedResponse {
  const offset = readCursor(url.searchParams.get('cursor'));
  if (offset === undefined) return json({ error: 'unknown cursor' }, 400);
  const size = Number(url.searchParams.get('limit') ?? pageSize);
  const page = pageAt(since(rows, url.searchParams.get('since')), offset, size, fault);
  return json({ results: page.rows, meta: { next_cursor: page.next === null ? null : cursorAt(page.next) } });
}

function byLink(url: URL, { rows, pageSize, fault }: Offer): SimulatedResponse {
  const size = Number(url.searchParams.get('limit') ?? pageSize);
  const page = pageAt(
    since(rows, url.searchParams.get('since')),
    Number(url.searchParams.get('offset') ?? 0),
    size,
    fault,
  );
  if (page.next === null) return json(page.rows);
  const next = new URL(url);
  next.searchParams.set('offset', String(page.next));
  const address =
    fault === 'off-origin'
      ? `https://elsewhere.example${next.pathname}${next.search}`
      : `${next.pathname}${next.search}`;
  return json(page.rows, 200, { link: `</v1/link>; rel="first", <${address}>; rel="next"` });
}
