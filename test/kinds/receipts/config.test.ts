import { describe, expect, it } from 'vitest';
import { ofdConfigSchema, statusPathOf } from '../../../functions/kinds/receipts/providers/config.ts';

describe('the path at which an operator is asked', () => {
  it.each([
    ['/ofd/v1/receipt', '/ofd/v1/receipt/a%2Fb'],
    ['/ofd/v1/receipt/', '/ofd/v1/receipt/a%2Fb'],
    ['/ofd/v1/receipt/{key}', '/ofd/v1/receipt/a%2Fb'],
    ['/v1/{id}/status', '/v1/a%2Fb/status'],
    ['/v1/{receipt_id}', '/v1/a%2Fb'],
    ['/v1/{idempotency_key}.json', '/v1/a%2Fb.json'],
  ])('%s', (statusPath, path) => {
    expect(ofdConfigSchema.parse({ statusPath })).toEqual({ statusPath });
    expect(statusPathOf(statusPath, 'a/b')).toBe(path);
  });

  it('keeps a key as it is, whatever a replacement would make of it', () => {
    expect(statusPathOf('/v1/{key}', "$&$'")).toBe(`/v1/${encodeURIComponent("$&$'")}`);
  });

  it.each(['receipt/{key}', '/receipt?id={key}', '/{key}/{key}', '/{other}', '/{key', '/a b', ''])(
    'is not %j',
    (statusPath) => {
      expect(ofdConfigSchema.safeParse({ statusPath }).success).toBe(false);
    },
  );
});
