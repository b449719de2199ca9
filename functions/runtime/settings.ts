import * as z from 'zod';
import { KIND_NAMES } from '../model/kind-name.ts';

const whole = z.coerce.number().int();
const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
});

const settingsSchema = z.object({
  STAGE: z.string().min(1),
  TABLE_PREFIX: z.string().min(1),
  QUEUE_URLS: json.pipe(z.partialRecord(z.enum(KIND_NAMES), z.string().min(1))),
  TOPIC_ARN: z.string().optional(),
  KMS_KEY_ID: z.string().min(1).optional(),
  ALLOWED_PRIVATE_CIDRS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((cidr) => cidr.trim() || [])),
  RETENTION_DAYS: whole.min(1).default(90),
  MEASUREMENT_RETENTION_DAYS: whole.min(1).default(400),
  DUE_SHARDS: whole.min(1).max(1000).default(4),
  TICK_SECONDS: whole.min(1).max(600).default(60),
  MAX_BODY_BYTES: whole.min(1000).default(10_000_000),
  LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT']).default('INFO'),
  POWERTOOLS_SERVICE_NAME: z.string().default('driftless'),
});

/** What a function is told by its environment. One object, read once, frozen. */
export type Settings = Readonly<z.output<typeof settingsSchema>>;

/** Throws one error that names everything that is missing or wrong. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = settingsSchema.safeParse(environment);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`the function's environment is not complete: ${problems.join('; ')}`);
}

/**
 * EventBridge Scheduler keeps a time to the minute: two ticks may lie two periods apart, and one may fail. What starts before
 * the one after next is enqueued now.
 */
const HORIZON_TICKS = 2;
/** SQS keeps a message back no longer, and it must not come before its slot. */
const LONGEST_DELAY_MS = 900_000;
export const horizonMsOf = (settings: Pick<Settings, 'TICK_SECONDS'>): number =>
  Math.min(settings.TICK_SECONDS * 1000 * HORIZON_TICKS, LONGEST_DELAY_MS);
