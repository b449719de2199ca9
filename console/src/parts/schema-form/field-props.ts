import type { JsonSchema } from '../../api/catalog.ts';

/** What every field of a form by schema is given. */
export interface FieldProps {
  readonly schema: JsonSchema;
  /** Names from the outermost: `['pagination', 'param']`. */
  readonly path: readonly string[];
  /** Undefined: not set. */
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  /** What the API has against it, by dotted path from the outermost. */
  readonly problems: Problems;
}

export type Problems = ReadonlyMap<string, string>;

export const problemAt = (problems: Problems, path: readonly string[]): string | undefined =>
  problems.get(path.join('.'));

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** With a name set, or without it; undefined when nothing is left. */
export function withValue(
  record: unknown,
  name: string,
  value: unknown,
): Readonly<Record<string, unknown>> | undefined {
  const { [name]: _, ...rest } = isRecord(record) ? record : {};
  const next = value === undefined ? rest : { ...rest, [name]: value };
  return Object.keys(next).length === 0 ? undefined : next;
}
