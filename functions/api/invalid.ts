import { ApiError, type BadField } from '../kinds/route.ts';

/** Of a body made of nothing else; the answer has to stay readable. */
const MAX_BAD_FIELDS = 100;

/** 400 with what is wrong, each path once. */
export function invalid(bad: readonly BadField[]): ApiError {
  const byPath = new Map<string, BadField>();
  for (const field of bad) if (!byPath.has(field.path)) byPath.set(field.path, field);
  const details = [...byPath.values()].slice(0, MAX_BAD_FIELDS);
  const [first] = details;
  const more = byPath.size > 1 ? ` (and ${byPath.size - 1} more)` : '';
  const where = first?.path ? `${first.path}: ` : '';
  return new ApiError(400, 'invalid', `The request is not valid. ${where}${first?.message ?? ''}${more}`, details);
}
