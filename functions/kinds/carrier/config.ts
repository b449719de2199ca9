import * as z from 'zod';
import { PermanentError } from '../../model/failure.ts';

/** What every carrier may be configured with. */
const common = {
  requestsPerMinute: z.number().min(1).max(100_000),
  /** Devices or records asked for per page. */
  pageSize: z.number().int().min(1).max(5000),
};
const fields = {
  ...common,
  authBaseUrl: z.url({ protocol: /^https?$/ }),
  /** For carriers that count in megabytes: 1,000,000 unless told otherwise. */
  bytesPerMb: z.number().int().min(1_000_000).max(1_048_576),
  /** For carriers that do not tell their cycle: the day of the month it begins, 1 unless told otherwise. */
  billingCycleDay: z.number().int().min(1).max(28),
  /** For carriers that tell it only device by device: one more call per SIM. */
  networkStatus: z.boolean(),
  usageSource: z.enum(['devices', 'usage-records']),
  auth: z.enum(['twilio', 'kore']),
  coverage: z.enum(['jp', 'g']),
};

export interface CarrierConfig {
  readonly requestsPerMinute?: number | undefined;
  readonly pageSize?: number | undefined;
  readonly authBaseUrl?: string | undefined;
  readonly bytesPerMb?: number | undefined;
  readonly billingCycleDay?: number | undefined;
  readonly networkStatus?: boolean | undefined;
  readonly usageSource?: 'devices' | 'usage-records' | undefined;
  readonly auth?: 'twilio' | 'kore' | undefined;
  readonly coverage?: 'jp' | 'g' | undefined;
}

type OwnField = Exclude<keyof typeof fields, keyof typeof common>;

/** The configuration one provider takes: the common fields and the named ones; a misspelt name is an error. */
export function configSchema(...own: readonly OwnField[]): z.ZodType<Record<string, unknown>> {
  const shape = { ...common, ...Object.fromEntries(own.map((name) => [name, fields[name]])) };
  return z.strictObject(shape).partial() as z.ZodType<Record<string, unknown>>;
}

const stored = z.object(fields).partial();

/** The configuration as it was stored; what the provider does not know is left alone. */
export function parseConfig(config: Readonly<Record<string, unknown>>): CarrierConfig {
  const result = stored.safeParse(config);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? '';
  throw new PermanentError(`The configuration of this integration is not valid at "${where}": correct it.`, 'config');
}
