import * as z from 'zod';
import { PermanentError } from '../../../model/failure.ts';

const httpUrl = z.url({ protocol: /^https?$/ }).max(2048);

/** What every operator may be configured with. */
const commonConfig = {
  /** Of one call, seconds. */
  timeoutSeconds: z.number().int().min(1).max(20).optional(),
  requestsPerMinute: z.number().min(1).max(100_000).optional(),
  /** Told every 30 seconds that the register is alive, while receipts wait. */
  heartbeatUrl: httpUrl.optional(),
};

/** Stands in a `statusPath` for the receipt's idempotency key, which is its receipt id: operators write it as they like. */
const KEY_PLACEHOLDER = /\{(?:key|id|receipt_id|idempotency_key)\}/;

/** Where the receipt with this key is asked about. */
export function statusPathOf(statusPath: string, key: string): string {
  const id = encodeURIComponent(key);
  const path = statusPath.replace(KEY_PLACEHOLDER, () => id);
  return path === statusPath ? `${statusPath.replace(/\/$/, '')}/${id}` : path;
}

export const ofdConfigSchema = z.strictObject({
  ...commonConfig,
  /** Where a receipt can be asked about: `{key}` stands for its idempotency key, which else is added at the end. */
  statusPath: z
    .string()
    .regex(
      new RegExp(`^/[^\\s?#{}]*(${KEY_PLACEHOLDER.source}[^\\s?#{}]*)?$`),
      'must begin with /, without query, with {key} as its only placeholder',
    )
    .max(512)
    .optional(),
});

export const atolConfigSchema = z.strictObject({
  ...commonConfig,
  inn: z.string().regex(/^(\d{10}|\d{12})$/, 'must have 10 or 12 digits'),
  sno: z.enum(['osn', 'usn_income', 'usn_income_outcome', 'envd', 'esn', 'patent']),
  payment_address: z.string().min(1).max(256),
  company_email: z.email().max(64),
  /** Passed on to the operator with every receipt; Driftless itself asks for the report and needs none. */
  callbackUrl: httpUrl.max(256).optional(),
});

export type AtolConfig = z.output<typeof atolConfigSchema>;

/** The configuration as it was stored. Throws PermanentError `config`, which pauses the register. */
export function readConfig<T>(schema: z.ZodType<T>, config: Readonly<Record<string, unknown>>): T {
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path.join('.') ?? '';
  throw new PermanentError(`The configuration of this register is not valid at "${path}": correct it.`, 'config');
}
