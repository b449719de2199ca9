import { expect, it } from 'vitest';
import { horizonMsOf, readSettings } from '../../functions/runtime/settings.ts';

const SQS_KEEPS_BACK_MS = 900_000;

it.each([1, 60, 450, 600])('with a tick every %i s no message has to wait longer than SQS keeps it back', (seconds) => {
  const horizonMs = horizonMsOf({ TICK_SECONDS: seconds });
  expect(horizonMs).toBeLessThanOrEqual(SQS_KEEPS_BACK_MS);
  expect(horizonMs).toBeGreaterThan(seconds * 1000);
});

it('says everything that a function is not told, in one message', () => {
  expect(() => readSettings({ QUEUE_URLS: 'none', TICK_SECONDS: '0' })).toThrow(
    /^the function's environment is not complete: STAGE: .*; TABLE_PREFIX: .*; QUEUE_URLS: is not JSON; TICK_SECONDS: /,
  );
});
