import * as z from 'zod';
import { UpstreamError } from '../../model/failure.ts';
import type { DeviceInfo, DeviceReading } from './provider.ts';

/** Pieces of the carriers' schemas. Tolerant: fields that are not named are ignored, numbers may come as text. */

/** An id as text, whichever way it was written. */
export const wireId = z.union([z.string().min(1), z.number().int()]).transform(String);
export const optionalText = z
  .union([z.string(), z.number()])
  .nullish()
  .catch(undefined)
  .transform((value) => (value === null || value === undefined ? undefined : String(value)));

/** A number that may come as text: `"12"`. Never NaN, never infinite. */
export const wireNumber = z
  .union([z.number(), z.string().regex(/^\s*-?\d+(\.\d+)?([eE][+-]?\d{1,3})?\s*$/)])
  .transform(Number)
  .refine(Number.isFinite, 'not a number');

/** A whole number of bytes that can be counted exactly. */
export const wireBytes = wireNumber.refine(
  (value) => Number.isSafeInteger(value) && value >= 0,
  'not a whole number of bytes',
);

/** A volume in megabytes, kept as it was written so that nothing is lost before it is added up. */
export const wireMegabytes = z
  .union([z.number().nonnegative(), z.string().regex(/^\s*\d+(\.\d+)?([eE][+-]?\d{1,3})?\s*$/)])
  .refine((value) => Number(value) <= 1e12, 'not a data volume')
  .transform((value) => (typeof value === 'string' ? value.trim() : value));

/** ISO 8601, `2026-11-22 10:00:00` (UTC when it names no zone) or `…+0000`; epoch ms. */
export const wireTime = z.string().transform((text, context) => {
  const at = parseTime(text);
  if (at === undefined) context.addIssue({ code: 'custom', message: 'not a time' });
  return at ?? 0;
});

export function parseTime(text: string): number | undefined {
  const iso = text.trim().replace(' ', 'T');
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(iso) || !iso.includes('T') ? iso : `${iso}Z`;
  const at = Date.parse(zoned.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(at) ? undefined : at;
}

/** The body as the schema has it; otherwise UpstreamError `bad_body` that names the place, never the content. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new UpstreamError(`${what} is not as documented (${placeOf(result.error)})`, { problem: 'bad_body' });
}

/** One element of a list: a bad one is told apart, so that it does not cost the others. */
export function readItem<T>(
  schema: z.ZodType<T>,
  item: unknown,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string } {
  const result = schema.safeParse(item);
  return result.success ? { ok: true, value: result.data } : { ok: false, problem: placeOf(result.error) };
}

function placeOf(error: z.ZodError): string {
  const issue = error.issues[0];
  const path = issue?.path.join('.') ?? '';
  return path === '' ? 'wrong type' : `wrong or missing: ${path}`;
}

/** The readings of a list's elements. A bad one becomes a problem of its own device, or is left out when it names none. */
export function readEach<T>(
  items: readonly unknown[],
  schema: z.ZodType<T>,
  of: { readonly title: string; readonly id: string },
  toReading: (item: T) => DeviceReading,
): readonly DeviceReading[] {
  return items.flatMap((item) => {
    const read = readItem(schema, item);
    let problem = read.ok ? '' : read.problem;
    try {
      if (read.ok) return [toReading(read.value)];
    } catch (error) {
      // A volume beyond all counting, say: it costs only its own device.
      if (!(error instanceof RangeError)) throw error;
      problem = error.message;
    }
    const id = wireId.safeParse((item as Record<string, unknown> | null)?.[of.id]);
    if (!id.success) return [];
    return [{ carrierDeviceId: id.data, problem: `${of.title}'s answer on this device cannot be used: ${problem}` }];
  });
}

/** As `readEach` for an inventory: a status that cannot be read is no failure, the device is there all the same. */
export function readEachInfo<T>(
  items: readonly unknown[],
  schema: z.ZodType<T>,
  of: { readonly title: string; readonly id: string },
  toInfo: (item: T) => DeviceInfo,
): readonly (DeviceReading & { readonly info: DeviceInfo })[] {
  const readings = readEach(items, schema, of, (item) => {
    const info = toInfo(item);
    return { carrierDeviceId: info.carrierDeviceId, info };
  });
  return readings.map(({ carrierDeviceId, info }) => ({
    carrierDeviceId,
    info: info ?? { carrierDeviceId, raw: null },
  }));
}

/** A list, whatever is in it. */
export const wireList = z.array(z.unknown());

/** A field nothing depends on: what is not as it should be is as good as absent. */
export const lenient = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined);
