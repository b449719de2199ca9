import type { SourceRecord } from '../../../api/kind-types.ts';

/** The newest value of each field, in the order of the fields. `records`: newest first. */
export function latestOf(records: readonly SourceRecord[], fields: readonly string[]): readonly SourceRecord[] {
  const newest = new Map<string, SourceRecord>();
  for (const record of records) if (!newest.has(record.field)) newest.set(record.field, record);
  const names = [...new Set([...fields, ...newest.keys()])];
  return names.flatMap((name) => newest.get(name) ?? []);
}
