import type * as z from 'zod';
import type { Connect } from '../execute/execute-deps.ts';
import type { Delivery, Ran } from '../execute/run-sync.ts';
import type { Kind } from '../kinds/kind.ts';
import type { BadField, Route, RouteDeps, RouteRequest } from '../kinds/route.ts';
import type { Integration } from '../model/integration.ts';
import type { KindName } from '../model/kind-name.ts';
import type { Clock } from '../platform/clock.ts';
import type { CredentialVault } from '../platform/credentials/credential-vault.ts';
import type { AddressGuard } from '../platform/http/address-guard.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Queues } from '../platform/queues.ts';
import type { Subscriptions } from '../platform/subscriptions.ts';
import type { Database } from '../store/database.ts';
import type { OnlyIntegration } from './only-integration.ts';
import type { OverviewCache } from './overview.ts';

/** All the API works with. */
export interface ApiDeps {
  readonly db: Database;
  readonly queues: Queues;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly kinds: Partial<Record<KindName, Kind>>;
  readonly vault: CredentialVault;
  readonly addresses: Pick<AddressGuard, 'checkUrl' | 'isOwnNetwork'>;
  readonly overviews: OverviewCache;
  readonly only: OnlyIntegration;
  /** A provider's client as a run has it: credentials opened, limiter and breaker in place. */
  readonly connect: Connect;
  readonly breaker: NonNullable<RouteDeps['breaker']>;
  /** A whole run as a worker does it, for the route that runs one while its caller waits. */
  readonly runSync: (delivery: Delivery) => Promise<Ran>;
  /** Who is written to. */
  readonly subscriptions: Subscriptions;
  readonly log: Log;
}

/** A route of the API's own, or a kind's brought into the same form (see route-table.ts). */
export interface ApiRoute extends Omit<Route, 'handle'> {
  /** Answers carry an ETag, and 304 is answered to who has them already. */
  readonly etag?: boolean;
  /** What is wrong with the body beyond its schema; called whatever the schema says, so that one answer names every bad field. */
  check?(body: unknown, request: Pick<ApiRequest, 'tenantId' | 'integration'>, deps: ApiDeps): Promise<BadField[]>;
  handle(request: ApiRequest, deps: ApiDeps): Promise<unknown>;
}

export interface ApiRequest<P = unknown, Q = unknown, B = unknown> extends RouteRequest<P, Q, B> {
  /** Present exactly when the route declares one. */
  readonly integration: Integration;
}

/** Checks at compile time that a handler takes what its schemas produce. */
export function apiRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  definition: Omit<ApiRoute, 'params' | 'query' | 'body' | 'handle'> & {
    params?: P;
    query?: Q;
    body?: B;
    handle(request: ApiRequest<z.output<P>, z.output<Q>, z.output<B>>, deps: ApiDeps): Promise<unknown>;
  },
): ApiRoute {
  return definition as ApiRoute;
}
