import type { Credentials } from '../../../model/credentials.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { CarrierName } from '../providers/index.ts';
import { type Faults, happens, noFaults, strike } from './faults.ts';
import { type SimIdentity, type SimulatedSim, simulatedSim } from './simulated-sim.ts';

/** A carrier that behaves as documented: same paths, shapes, paging, tokens and limits, over a fleet that uses data. */
export interface SimulatedCarrier {
  readonly name: CarrierName;
  /** Where the provider looks for it unless told otherwise. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly accountId: string | null;
  readonly sims: readonly SimulatedSim[];
  readonly faults: Faults;
  /** Calls answered so far, by `GET /devices`; variable parts of a path are `*`. */
  readonly calls: Readonly<Record<string, number>>;
  readonly callCount: number;
  /** Calls made although the limit was used up. */
  readonly limitViolations: number;
  /** Makes every token invalid that was given out. */
  revokeTokens(): void;
  /** Bytes the carrier itself would say for this SIM's current cycle. */
  usedInCycle(sim: SimulatedSim): number;
  handle(request: SimulatedRequest): SimulatedResponse;
}

export interface SimulatedRequest {
  readonly method: string;
  /** Below the base URL, with the query: `/devices?limit=2`. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The base URL the caller used, for addresses in answers. */
  readonly baseUrl: string;
}

export interface SimulatedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The answer never arrives. */
  readonly lost?: true;
}

export interface SimulatorOptions {
  readonly sims: number;
  readonly clock: Pick<Clock, 'now'>;
  /** The time of usage and cycles, when it is to stand still while calls go on. Default: the clock. */
  readonly usageTime?: () => number;
  /** Two carriers with the same variant are the same. */
  readonly variant?: string;
  /** Calls in any 60 s before 429; null: no limit. Default: the provider's documented one. */
  readonly requestsPerMinute?: number | null;
  /** The carrier's largest page, whatever a caller asks for. */
  readonly maxPageSize?: number;
}

/** What one carrier's wire format brings. */
export interface CarrierWire {
  readonly name: CarrierName;
  readonly baseUrl: string;
  readonly accountId: string | null;
  readonly credentials: Credentials;
  readonly requestsPerMinute: number | null;
  readonly maxPageSize: number;
  identify(variant: string, index: number, iccid: string): SimIdentity;
  /** The billing cycle's start for a SIM. */
  cycleStart(sim: SimulatedSim, now: number, variant: string): number;
  /** Undefined: the call is signed as it must be. Otherwise the refusal. */
  refuse(call: WireCall): WireAnswer | undefined;
  /** First match wins; `*` in a pattern stands for one part of the path. */
  readonly routes: readonly WireRoute[];
  /** The body of an error with this status. */
  error(status: number): unknown;
}

export interface WireRoute {
  readonly method: string;
  readonly pattern: string;
  /** Of the token endpoint: no credentials needed, no limit. */
  readonly open?: true;
  answer(call: WireCall): WireAnswer;
}

export interface WireCall {
  readonly method: string;
  readonly path: string;
  /** What stood for the `*`s. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly baseUrl: string;
  /** Of usage and cycles. */
  readonly now: number;
  /** Of tokens. */
  readonly clockNow: number;
  readonly variant: string;
  readonly maxPageSize: number;
  readonly faults: Faults;
  /** SIMs the carrier knows now. */
  readonly sims: readonly SimulatedSim[];
  find(carrierDeviceId: string): SimulatedSim | undefined;
  cycleStart(sim: SimulatedSim): number;
  /** Gives out a token that lives so long. */
  issueToken(seconds: number): string;
  isToken(token: string): boolean;
}

export interface WireAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const WINDOW_MS = 60_000;

export function simulatedCarrier(wire: CarrierWire, options: SimulatorOptions): SimulatedCarrier {
  const { clock, variant = wire.name, usageTime = () => clock.now() } = options;
  const limit = options.requestsPerMinute === undefined ? wire.requestsPerMinute : options.requestsPerMinute;
  const sims = Array.from({ length: options.sims }, (_, index) =>
    simulatedSim(variant, index, (iccid) => wire.identify(variant, index, iccid)),
  );
  const byId = new Map(sims.map((sim) => [sim.carrierDeviceId, sim]));
  const faults = noFaults();
  const calls: Record<string, number> = {};
  const tokens = new Map<string, number>();
  let callCount = 0;
  let tokenCount = 0;
  let recent: number[] = [];
  let limitViolations = 0;

  const overLimit = (now: number): boolean => {
    recent = recent.filter((at) => at > now - WINDOW_MS);
    if (limit !== null && recent.length >= limit) {
      limitViolations += 1;
      return true;
    }
    recent.push(now);
    return false;
  };

  const tooMany = (): WireAnswer => ({
    status: 429,
    body: wire.error(429),
    ...(faults.retryAfterSeconds === null ? {} : { headers: { 'retry-after': String(faults.retryAfterSeconds) } }),
  });

  const answer = (call: WireCall, route: WireRoute | undefined): WireAnswer => {
    if (faults.always !== null) return { status: faults.always, body: wire.error(faults.always) };
    if (route?.open) return route.answer(call);
    if (overLimit(clock.now())) return tooMany();
    if (happens(faults.rateLimitRate, variant, callCount, 'limit')) {
      strike(faults, 'rateLimit');
      return tooMany();
    }
    if (happens(faults.errorRate, variant, callCount, 'error')) {
      strike(faults, 'error');
      return { status: 500, body: wire.error(500) };
    }
    const refusal = wire.refuse(call);
    if (refusal !== undefined) return refusal;
    if (route === undefined) return { status: 404, body: wire.error(404) };
    const id = call.parts[0];
    if (id !== undefined && faults.failing.has(id)) {
      strike(faults, 'failing');
      return { status: 500, body: wire.error(500) };
    }
    return route.answer(call);
  };

  const isLost = (method: string): boolean => {
    if (method !== 'GET' && faults.loseNextWrites > 0) {
      faults.loseNextWrites -= 1;
      strike(faults, 'lostWrite');
      return true;
    }
    const lost = happens(faults.lostAnswerRate, variant, callCount, 'lost');
    if (lost) strike(faults, 'lost');
    return lost;
  };

  return {
    name: wire.name,
    baseUrl: wire.baseUrl,
    credentials: wire.credentials,
    accountId: wire.accountId,
    sims,
    faults,
    calls,
    get callCount() {
      return callCount;
    },
    get limitViolations() {
      return limitViolations;
    },
    revokeTokens: () => tokens.clear(),
    usedInCycle: (sim) => sim.used(wire.cycleStart(sim, usageTime(), variant), usageTime()),

    handle(request) {
      const now = usageTime();
      const url = new URL(request.path, 'http://simulated.invalid');
      const { route, parts } = matching(wire.routes, request.method, url.pathname);
      callCount += 1;
      const counted = `${request.method} ${route?.pattern ?? url.pathname}`;
      calls[counted] = (calls[counted] ?? 0) + 1;
      const call: WireCall = {
        method: request.method,
        path: url.pathname,
        parts,
        query: url.searchParams,
        headers: request.headers,
        body: request.body,
        baseUrl: request.baseUrl,
        now,
        clockNow: clock.now(),
        variant,
        maxPageSize: options.maxPageSize ?? wire.maxPageSize,
        faults,
        sims: sims.filter(({ carrierDeviceId }) => !faults.missing.has(carrierDeviceId)),
        find: (id) => (faults.missing.has(id) ? undefined : byId.get(id)),
        cycleStart: (sim) => wire.cycleStart(sim, now, variant),
        issueToken(seconds) {
          tokenCount += 1;
          const token = `${wire.name}-token-${tokenCount}-0123456789`;
          tokens.set(token, clock.now() + seconds * 1000);
          return token;
        },
        isToken: (token) => (tokens.get(token) ?? 0) > clock.now(),
      };
      const { status, body, headers } = answer(call, route);
      const lost = status < 300 && isLost(request.method);
      return {
        status,
        headers: { 'content-type': 'application/json', ...headers },
        body: body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
        ...(lost ? { lost } : {}),
      };
    },
  };
}

function matching(
  routes: readonly WireRoute[],
  method: string,
  path: string,
): { readonly route: WireRoute | undefined; readonly parts: readonly string[] } {
  const given = path.split('/');
  for (const route of routes) {
    const wanted = route.pattern.split('/');
    if (route.method !== method || wanted.length !== given.length) continue;
    const parts: string[] = [];
    const fits = wanted.every((part, at) => {
      const star = part.indexOf('*');
      if (star < 0) return part === given[at];
      const text = given[at] ?? '';
      const [before, after] = [part.slice(0, star), part.slice(star + 1)];
      if (!text.startsWith(before) || !text.endsWith(after)) return false;
      parts.push(decodeURIComponent(text.slice(before.length, text.length - after.length)));
      return true;
    });
    if (fits) return { route, parts };
  }
  return { route: undefined, parts: [] };
}
