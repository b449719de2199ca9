import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasRetryAfter, retryAfterMs } from '../../../functions/platform/upstream/retry-after.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const waitAfter = (value: string, more: Record<string, string> = {}) =>
  retryAfterMs({ 'retry-after': value, ...more }, now);

describe('Retry-After', () => {
  it.each([
    ['5', 5_000],
    ['0.40235', 403],
    [' 7 ', 7_000],
    ['Sun, 22 Nov 2026 12:01:30 GMT', 90_000],
    ['Sunday, 22-Nov-26 12:01:30 GMT', 90_000],
  ])('%s is what it says', (value, ms) => {
    expect(waitAfter(value)).toBe(ms);
  });

  it.each(['0', '-5', '-0.5', 'Sun, 22 Nov 2020 12:00:00 GMT'])('%s, which has passed, is a second', (value) => {
    expect(waitAfter(value)).toBe(1_000);
  });

  it.each(['86400', '99999999999999999999', 'Sun, 22 Nov 2099 12:00:00 GMT'])('%s is an hour at most', (value) => {
    expect(waitAfter(value)).toBe(3_600_000);
  });

  it.each(['', 'soon', 'NaN', 'Infinity', '1e3', '0x10', '5 seconds'])('%s is as good as none: 30 s', (value) => {
    expect(waitAfter(value)).toBe(30_000);
  });

  it('as a date is by the upstream’s clock, where the answer shows it', () => {
    expect(waitAfter('Sun, 22 Nov 2026 13:00:10 GMT', { date: 'Sun, 22 Nov 2026 13:00:00 GMT' })).toBe(10_000);
  });

  it('is always between nothing and an hour', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double().map(String), fc.date().map(String)),
        fc.string(),
        (value, reset) => {
          const ms = retryAfterMs({ 'retry-after': value, 'x-ratelimit-reset': reset }, now);
          expect(ms).toBeGreaterThan(0);
          expect(ms).toBeLessThanOrEqual(3_600_000);
        },
      ),
    );
  });
});

describe('without it', () => {
  it('30 seconds are waited', () => {
    expect(retryAfterMs({}, now)).toBe(30_000);
    expect(hasRetryAfter({})).toBe(false);
    expect(hasRetryAfter({ 'retry-after': '5' })).toBe(true);
  });

  it.each([
    [{ 'x-ratelimit-reset': '12' }, 12_000],
    [{ 'x-ratelimit-reset': String(now / 1000 + 20) }, 20_000],
    [{ 'x-rate-limit-reset': String(now + 15_000) }, 15_000],
    [{ 'x-soracom-ratelimit-seconds-before-refresh': '33' }, 33_000],
    [{ 'x-ratelimit-reset': 'later' }, 30_000],
    [{ 'retry-after': '2', 'x-ratelimit-reset': '50' }, 2_000],
  ])('%j tells when the limit is renewed', (headers, ms) => {
    expect(retryAfterMs(headers as unknown as Record<string, string>, now)).toBe(ms);
  });
});
