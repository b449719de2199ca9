import { UpstreamError } from '../../functions/model/failure.ts';
import type { Clock } from '../../functions/platform/clock.ts';
import type { HttpRequest, HttpResponse } from '../../functions/platform/http/http.ts';
import type { Item } from '../support/memory-dynamodb/expression.ts';
import type { MemoryTable } from '../support/memory-dynamodb/memory-table.ts';
import type { OutsideHttp } from '../support/worker-process.ts';
import type { Dice } from './dice.ts';

/** How the simulated upstreams behave; changed while the simulation goes on. */
export interface Mood {
  /** Probability that a call or a run goes wrong in some way. */
  trouble: number;
  /** Nothing answers. */
  down: boolean;
}

export const REQUESTS_PER_MINUTE = 20;
const DOWN = ['refused', 'timeout', 'status'] as const;
const TROUBLE = [...DOWN, 'limit', 'echo', 'rubbish'] as const;
/** Vehicles and cash registers have no rate limit. */
const UNLIMITED: readonly string[] = ['https://vehicle.example', 'https://receipts.example'];
/** What is known of a breaker may be this old, and the call let through by it takes its time. */
const STALE_MS = 5_000 + 35_000;

export interface Internet {
  readonly violations: string[];
  /** The way there, in the time of `clock`. */
  reachedBy(clock: Clock): OutsideHttp;
  /** Follows the breakers as they are stored. */
  watch(limits: MemoryTable): void;
}

/** Every upstream there is. Looks at each call: does it keep to its credential's limit, and to the breaker before it? */
export function createInternet(dice: Dice, mood: Mood): Internet {
  const violations: string[] = [];
  let clock: Clock = { now: () => 0, sleep: async () => {} };
  const callsByKey = new Map<string, number[]>();
  const breakers = new Map<string, { readonly item: Item; readonly openSeenAt: number }>();
  const probes = new Map<string, number>();

  function countCall(key: string): void {
    const now = clock.now();
    const calls = (callsByKey.get(key) ?? []).filter((at) => at > now - 60_000);
    calls.push(now);
    callsByKey.set(key, calls);
    if (calls.length > REQUESTS_PER_MINUTE) violations.push(`${calls.length} calls of ${key} within a minute`);
  }

  /** While it is open nobody calls; when it is half open one probe does. */
  function checkBreaker(origin: string): void {
    const breaker = [...breakers].find(([key]) => key.endsWith(`#${origin}`))?.[1];
    const now = clock.now();
    if (breaker?.item.openUntil === undefined || now < breaker.openSeenAt + STALE_MS) return;
    const { openUntil, probeBy } = breaker.item;
    if (now < Number(openUntil)) violations.push(`${origin} was called while its breaker was open`);
    else if (probeBy === undefined) violations.push(`${origin} was called half open, and not by a probe`);
    else {
      const probe = String(probeBy);
      probes.set(probe, (probes.get(probe) ?? 0) + 1);
      if (probes.get(probe) === 2) violations.push(`${origin} was called twice by one probe`);
    }
  }

  async function answer({ url, headers = {}, timeoutMs = 30_000, signal }: HttpRequest): Promise<HttpResponse> {
    const startedAt = clock.now();
    const respond = (status: number, text: string, more: Record<string, string> = {}): HttpResponse => ({
      status,
      headers: more,
      url,
      text,
      latencyMs: clock.now() - startedAt,
    });
    if (mood.down || dice.chance(mood.trouble)) {
      const ways = mood.down ? DOWN : TROUBLE;
      switch (dice.pick(ways)) {
        case 'refused':
          throw new UpstreamError(`connection refused by ${new URL(url).host}`, { problem: 'connection' });
        case 'timeout':
          await clock.sleep(timeoutMs, signal);
          throw new UpstreamError('timeout: no answer', { problem: 'timeout', outcomeUnknown: true });
        case 'status':
          return respond(dice.pick([500, 502, 503]), '{"error":"try later"}');
        case 'limit': {
          const wait = dice.pick(['', '7', '2.5', 'soon', '90']);
          return respond(429, '', wait === '' ? {} : { 'retry-after': wait });
        }
        case 'echo':
          return respond(400, JSON.stringify({ message: `the key ${headers['x-api-key']} may not do this` }));
        case 'rubbish':
          return respond(200, dice.pick(['<html>', '{"bytes": NaN}', '{"bytes": 1', '[]{}']));
      }
    }
    await clock.sleep(dice.between(10, 1500), signal);
    return respond(200, '{"ok":true}');
  }

  async function send(request: HttpRequest, late = false): Promise<HttpResponse> {
    // A process that stood still after it was given leave cannot be held back any more.
    if (!late) {
      const { origin } = new URL(request.url);
      if (!UNLIMITED.includes(origin)) countCall(request.headers?.['x-api-key'] ?? '');
      checkBreaker(origin);
    }
    return answer(request);
  }

  return {
    violations,
    reachedBy(worldClock) {
      clock = worldClock;
      return { send };
    },
    watch(limits) {
      const set = limits.set.bind(limits);
      limits.set = (item: Item): void => {
        const key = String(item.pk);
        if (key.startsWith('breaker#')) {
          const before = breakers.get(key);
          const wasOpen = before?.item.openUntil !== undefined;
          const openSeenAt = wasOpen ? before.openSeenAt : clock.now();
          breakers.set(key, { item, openSeenAt });
        }
        set(item);
      };
    },
  };
}
