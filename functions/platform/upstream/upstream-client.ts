import { RetryLater } from '../../model/failure.ts';
import type { IntegrationId, TenantId } from '../../model/ids.ts';
import type { KindName } from '../../model/kind-name.ts';
import type { Clock } from '../clock.ts';
import type { HttpClient } from '../http/http.ts';
import type { Log } from '../log.ts';
import { type Breaker, type BreakerChange, type BreakerView, createBreaker } from './breaker.ts';
import { createCooldowns } from './cooldowns.ts';
import { breakerKey, type LimitsTable, limitKey, type StoreClock, sha256 } from './limits-table.ts';
import { createUpstream, type Gate, type UpstreamCall } from './open-upstream.ts';
import { createRateLimiter } from './rate-limit.ts';
import type { RateLimit, Upstream } from './upstream.ts';

/** What the engine says when it starts a run. */
export interface UpstreamRun {
  readonly tenantId: TenantId;
  readonly integrationId: IntegrationId;
  readonly kind: KindName;
  readonly provider: string;
  readonly kindHasBreaker: boolean;
  /** Names the credential without giving it away; integrations with the same one share its limit. Null: it has none. */
  readonly credentialId: string | null;
  readonly rateLimit: RateLimit | null;
  /** Epoch ms; no call is begun later than this because of waiting for the limit. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Credential values, kept out of every message. */
  readonly secrets: readonly string[];
  /** Origins this integration may call (credentials must not go elsewhere). Absent: any. */
  readonly origins?: readonly string[];
}

export interface BreakerEvent extends BreakerChange {
  readonly tenantId: TenantId;
  /** Whose call made the breaker change. */
  readonly integrationId: IntegrationId;
  readonly kind: KindName;
  readonly provider: string;
  readonly origin: string;
}

/** Makes each run its Upstream; runs of one factory (one process) share tokens and what is known of breakers. */
export interface UpstreamFactory {
  open(run: UpstreamRun): Upstream;
  /** The breaker of the upstream at `url`, for people. Reads only. */
  breaker(tenantId: TenantId, url: string): Promise<BreakerView>;
}

export interface UpstreamFactoryDeps {
  readonly http: HttpClient;
  readonly limits: LimitsTable;
  readonly clock: Clock;
  /** Default: the worker's own clock. With workers on several machines give `createStoreClock`. */
  readonly storeClock?: StoreClock;
  /** A breaker opened or closed. */
  readonly onBreaker?: (event: BreakerEvent) => Promise<void> | void;
  readonly onCall?: (
    call: UpstreamCall & Pick<UpstreamRun, 'tenantId' | 'integrationId' | 'kind' | 'provider'>,
  ) => void;
  readonly log?: Pick<Log, 'warn'>;
}

const MAX_BREAKERS = 5_000;

export function createUpstreamFactory(deps: UpstreamFactoryDeps): UpstreamFactory {
  const { http, limits, clock, storeClock = clock } = deps;
  const cooldowns = createCooldowns();
  const limiter = createRateLimiter({ limits, clock, storeClock, cooldowns });
  const breakers = new Map<string, Breaker>();

  function breakerAt(tenantId: TenantId, origin: string): Breaker {
    const key = breakerKey(tenantId, origin);
    const known = breakers.get(key);
    if (known !== undefined) return known;
    const oldest = breakers.keys().next().value;
    if (breakers.size >= MAX_BREAKERS && oldest !== undefined) breakers.delete(oldest);
    const breaker = createBreaker(key, { limits, clock, storeClock, shownOrigin: origin });
    breakers.set(key, breaker);
    return breaker;
  }

  /** Bookkeeping that fails must not turn an answer that came into an error: a receipt would be sent twice. */
  async function tolerantly(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      deps.log?.warn(`${what} could not be recorded`, { error: error instanceof Error ? error.name : 'unknown' });
    }
  }

  function gateFor(run: UpstreamRun): Gate {
    const { tenantId, credentialId, rateLimit } = run;
    const limit =
      rateLimit === null ? undefined : { rate: rateLimit, key: limitKey(tenantId, credentialId ?? run.integrationId) };
    const credential = credentialId === null ? 'none' : sha256(credentialId).slice(0, 32);
    const breakerOf = (origin: string): Breaker | undefined =>
      run.kindHasBreaker ? breakerAt(tenantId, origin) : undefined;
    /** With a rate limit the credential cools everywhere; without one at this upstream only. */
    const coolKey = (origin: string): string => limit?.key ?? `${breakerKey(tenantId, origin)} ${credential}`;

    return {
      async enter(origin, { unlimited }) {
        const breaker = breakerOf(origin);
        if (limit === undefined && breaker !== undefined) {
          cooldowns.extend(coolKey(origin), await breaker.coolUntil(credential));
        }
        const rest = cooldowns.until(coolKey(origin)) - storeClock.now();
        if (rest > 0) throw new RetryLater(clock.now() + rest, `rate limited: ${origin} asked to wait`, 'rate_limited');
        if (limit !== undefined && !unlimited) {
          // An open breaker costs no token.
          await breaker?.check(run);
          await limiter.take(limit.key, limit.rate, run);
        }
        if (breaker === undefined) return { settle: async () => {} };
        const permit = await breaker.admit(run);
        return {
          async settle(outcome) {
            await tolerantly('the state of a breaker', async () => {
              const change = await permit.settle(outcome);
              if (change === undefined) return;
              await deps.onBreaker?.({ ...change, ...whose(run), origin });
            });
          },
        };
      },
      async cool(origin, ms) {
        const until = storeClock.now() + ms;
        cooldowns.extend(coolKey(origin), until);
        await tolerantly('a cooldown', async () => {
          if (limit !== undefined) await limiter.cool(limit.key, until);
          else await breakerOf(origin)?.cool(credential, until);
        });
      },
    };
  }

  return {
    open: (run) =>
      createUpstream({
        http,
        gate: gateFor(run),
        clock,
        signal: run.signal,
        deadline: run.deadline,
        secrets: run.secrets,
        ...(run.origins === undefined ? {} : { origins: run.origins }),
        ...(deps.onCall === undefined
          ? {}
          : {
              onCall: (call) => deps.onCall?.({ ...call, ...whose(run) }),
            }),
      }),
    breaker: (tenantId, url) => breakerAt(tenantId, new URL(url).origin).view(),
  };
}

const whose = ({ tenantId, integrationId, kind, provider }: UpstreamRun) => ({
  tenantId,
  integrationId,
  kind,
  provider,
});
