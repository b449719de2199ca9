const DEFAULT_MS = 30_000;
const LEAST_MS = 1_000;
const MOST_MS = 3_600_000;

/** As carriers write it. The value is seconds to wait or the time (epoch) at which the limit is renewed. */
const RESET_HEADERS = [
  'x-ratelimit-reset',
  'x-rate-limit-reset',
  'ratelimit-reset',
  'x-soracom-ratelimit-seconds-before-refresh',
] as const;

type Headers = Readonly<Record<string, string>>;

/**
 * How long a 429 asks to wait, in milliseconds: Retry-After (seconds, fractions, HTTP date), else one of the rate-limit
 * headers, else 30 s. A time in the past is one second, an absurd one is an hour.
 */
export function retryAfterMs(headers: Headers, now: number): number {
  const asked = retryAfterHeaderMs(headers, now) ?? resetMs(headers, now) ?? DEFAULT_MS;
  return asked <= 0 ? LEAST_MS : Math.min(Math.ceil(asked), MOST_MS);
}

export const hasRetryAfter = (headers: Headers): boolean => retryAfterHeaderMs(headers, 0) !== undefined;

function retryAfterHeaderMs(headers: Headers, now: number): number | undefined {
  const value = headers['retry-after']?.trim() ?? '';
  if (NUMBER.test(value)) return Number(value) * 1000;
  // Only dates are left; a bare word or number that Date.parse would guess at is none.
  const date = /^[A-Za-z]{3,9},? /.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(date)) return undefined;
  // The date is by the upstream's clock, so it is compared with what that clock shows, where it says so.
  const theirs = Date.parse(headers.date ?? '');
  return date - (Number.isNaN(theirs) ? now : theirs);
}

function resetMs(headers: Headers, now: number): number | undefined {
  for (const name of RESET_HEADERS) {
    const value = headers[name]?.trim() ?? '';
    if (!NUMBER.test(value)) continue;
    const number = Number(value);
    if (number > 1e12) return number - now;
    if (number > 1e9) return number * 1000 - now;
    return number * 1000;
  }
  return undefined;
}

const NUMBER = /^-?\d+(\.\d+)?$/;
