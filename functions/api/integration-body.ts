import * as z from 'zod';
import { CREDENTIAL_NAMES, type Credentials } from '../model/credentials.ts';
import { SYNC_INTERVAL_MAX_SECONDS, SYNC_INTERVAL_MIN_SECONDS } from '../model/integration.ts';
import { KIND_NAMES } from '../model/kind-name.ts';

const ONE_LINE = [/^\P{Cc}*$/u, 'has control characters (a line break?) in it'] as const;

/** It travels in a header: with a line break in it no request could be sent, and white space around it comes from copying. */
export const secret = z
  .string()
  .min(1)
  .max(8192)
  .regex(...ONE_LINE)
  .refine((text) => text.trim() === text, 'begins or ends with white space');

/** It stands in notices, mails and logs. */
const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(...ONE_LINE);
const baseUrl = z
  .string()
  .trim()
  .min(1)
  .max(2048)
  .refine(isBaseUrl, 'is not an http(s) address without query and fragment')
  .nullable()
  .meta({ description: 'Replaces the provider’s documented address, with its path. Null: the documented one.' });
const accountId = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(...ONE_LINE)
  .nullable();
const config = z.record(z.string(), z.unknown()).meta({ description: 'As the provider takes it; see x-kinds.' });
const syncInterval = z
  .int()
  .min(SYNC_INTERVAL_MIN_SECONDS)
  .max(SYNC_INTERVAL_MAX_SECONDS)
  .nullable()
  .meta({ description: 'Seconds between two runs; null: by hand only.' });
const syncEnabled = z.boolean();

function shapeOf<T extends z.ZodType>(value: T): Record<keyof Credentials, T> {
  return Object.fromEntries(CREDENTIAL_NAMES.map((credential) => [credential, value])) as Record<keyof Credentials, T>;
}

export const createBody = z.strictObject({
  name,
  kind: z.enum(KIND_NAMES),
  provider: z.string().min(1).max(64),
  baseUrl: baseUrl.optional(),
  accountId: accountId.optional(),
  config: config.optional(),
  credentials: z
    .strictObject(shapeOf(secret.optional()))
    .optional()
    .meta({ description: 'As the provider needs them; see x-kinds. Written, never read back.' }),
  syncInterval: syncInterval.optional(),
  syncEnabled: syncEnabled.optional(),
});
export type CreateBody = z.output<typeof createBody>;

export const patchBody = z.strictObject({
  version: z.int().min(1).optional().meta({ description: 'The version that was read: 409 when it has changed since.' }),
  name: name.optional(),
  kind: z.never({ error: 'can’t be changed: create another integration' }).optional(),
  provider: z.never({ error: 'can’t be changed: create another integration' }).optional(),
  baseUrl: baseUrl.optional(),
  accountId: accountId.optional(),
  config: config.optional().meta({ description: 'Replaces the whole configuration.' }),
  credentials: z
    .strictObject(shapeOf(secret.nullable().optional()))
    .optional()
    .meta({ description: 'The named ones are replaced, null removes one, the others stay.' }),
  syncInterval: syncInterval.optional(),
  syncEnabled: syncEnabled.optional(),
});
export type PatchBody = z.output<typeof patchBody>;

export const syncSettingsBody = z.strictObject({
  syncInterval: syncInterval.optional(),
  syncEnabled: syncEnabled.optional(),
});

function isBaseUrl(text: string): boolean {
  // Also an empty query: paths are put behind it.
  if (!URL.canParse(text) || /[?#]/.test(text)) return false;
  const { protocol } = new URL(text);
  return protocol === 'http:' || protocol === 'https:';
}
