import * as z from 'zod';

/** Settings of a vehicle. Nothing is filled in where they are stored; see `vehicleConfig` for the defaults. */
export const VehicleConfigSchema = z.strictObject({
  /** For one call. */
  timeoutSeconds: z.number().min(1).max(30).optional(),
  /** How far before the cursor rows are read again, for rows that the vehicle stores late. */
  lookbackSeconds: z.number().int().min(0).max(86_400).optional(),
  /** How long measurements and alarms are kept. */
  retentionDays: z.number().int().min(1).max(3650).optional(),
  requestsPerMinute: z.number().min(1).optional(),
});

export const SamsaraConfigSchema = VehicleConfigSchema.omit({ lookbackSeconds: true }).extend({
  /** Names of the stats that are read, three at most. */
  types: z
    .array(z.string().regex(/^[A-Za-z0-9]{1,64}$/))
    .min(1)
    .max(3)
    .optional(),
});

export interface VehicleConfig {
  readonly timeoutMs: number;
  readonly lookbackMs: number;
  /** Undefined: the deployment's. */
  readonly retentionDays: number | undefined;
}

/** The settings with their defaults; what is stored was checked when it was saved. */
export function vehicleConfig(config: Readonly<Record<string, unknown>>): VehicleConfig {
  const number = (value: unknown): number | undefined =>
    typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  return {
    timeoutMs: (number(config.timeoutSeconds) ?? 10) * 1000,
    lookbackMs: (number(config.lookbackSeconds) ?? 0) * 1000,
    retentionDays: number(config.retentionDays),
  };
}
