import * as z from 'zod';
import type { TenantId } from '../model/ids.ts';
import type { Integration } from '../model/integration.ts';
import type { KindName } from '../model/kind-name.ts';
import type { Clock } from '../platform/clock.ts';
import type { DataTable, SyncResult, TestRun } from './kind.ts';

/**
 * One route of the HTTP API. The OpenAPI document and the parsing of requests come from the same schemas.
 * Declare with `route({ … })` so that the handler's input is typed by them.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{name}` parameters: `/api/integrations/{id}/devices`. */
  readonly path: string;
  readonly summary: string;
  /** Least role. */
  readonly role: 'viewer' | 'operator';
  /**
   * Which integration the route is about. `path`: the one named by {id} in the path, 404 unless it is of this kind.
   * `query`: `?integrationId=`, which may be left out where the tenant has exactly one of this kind. Absent: none.
   */
  readonly integration?: { readonly from: 'path' | 'query'; readonly kind?: KindName };
  /** Schemas of the path parameters besides {id}, of the query and of the body. Unknown query names are ignored, unknown body names refused. */
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response: z.ZodType;
  /** A request header it looks at, for the OpenAPI document. */
  readonly header?: { readonly name: string; readonly description: string };
  /** Status of a good answer. Default 200; 204 has no body. */
  readonly status?: number;
  handle(request: RouteRequest, deps: RouteDeps): Promise<unknown>;
}

export interface RouteRequest<P = unknown, Q = unknown, B = unknown> {
  readonly tenantId: TenantId;
  readonly role: 'viewer' | 'operator';
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** What a kind's route may use. */
export interface RouteDeps {
  /** The integration named by the route; present exactly when the route declares one. */
  readonly integration: Integration;
  readonly data: DataTable;
  readonly clock: Clock;
  readonly ids: { next(): string };
  readonly wake: Wake;
  /** Calls the provider from the API (claim a SIM, list plans): credentials opened, limiter and breaker in place. */
  connect(integration: Integration): Promise<TestRun>;
  /**
   * Runs one batch of an integration under its lease; `held` when a run is going on. Recorded in the history as a manual run;
   * what `sync` threw comes out of it after that.
   */
  runNow(
    integration: Integration,
  ): Promise<{ readonly state: 'held' } | { readonly state: 'done'; readonly result: SyncResult }>;
  /** The breaker of the upstream that this integration calls at `url`; reads only, never trips or probes. Absent: shown as closed. */
  readonly breaker?: (integration: Integration, url: string) => Promise<BreakerView>;
}

export interface BreakerView {
  readonly state: 'closed' | 'open' | 'half_open';
  /** Epoch ms; null when it is not open. */
  readonly until: number | null;
}

/** Gives an on-demand integration a slot now, unless it has an earlier one or is manual only. */
export type Wake = (integration: Integration) => Promise<void>;

/** An error with an HTTP status, answered as `{ error: { code, message, details? } }`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429 | 502 | 503;
  readonly code: string;
  readonly details: unknown;
  constructor(status: ApiError['status'], code: string, message: string, details?: unknown) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** Checks at compile time that a handler takes what its schemas produce. */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  definition: Omit<Route, 'params' | 'query' | 'body' | 'handle'> & {
    params?: P;
    query?: Q;
    body?: B;
    handle(request: RouteRequest<z.output<P>, z.output<Q>, z.output<B>>, deps: RouteDeps): Promise<unknown>;
  },
): Route {
  return definition as Route;
}

/** One bad field of a request, by its path: `config.fields.0.name`. */
export interface BadField {
  readonly path: string;
  readonly message: string;
}

/** What a schema has against what came from outside, in the words of the API. */
export function badFields(error: z.ZodError, prefix: readonly PropertyKey[] = []): BadField[] {
  return error.issues.flatMap((issue): BadField[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: dotted([...path, key]), message: 'not a known field' }));
    }
    // A union says only "invalid input" of itself; what its branches found is more use. The branch that came furthest is meant.
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const [nearest] = [...issue.errors].sort((a, b) => a.length - b.length);
      if (nearest?.some(({ path: inner }) => inner.length > 0)) {
        return badFields(new z.ZodError(nearest), path);
      }
    }
    const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
    return [{ path: dotted(path), message: missing ? 'is required' : issue.message }];
  });
}

const dotted = (path: readonly PropertyKey[]): string => path.map(String).join('.');
