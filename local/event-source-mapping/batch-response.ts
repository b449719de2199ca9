/**
 * The message ids that a function reports as failed (ReportBatchItemFailures). Undefined when the whole batch failed, which is so
 * for every answer that Lambda can't make sense of: an id that is empty, missing or not of this batch. No answer means success.
 */
export function failedIds(response: unknown, messageIds: readonly string[]): ReadonlySet<string> | undefined {
  if (response === undefined || response === null) return new Set();
  if (typeof response !== 'object') return undefined;
  const failures: unknown = Reflect.get(response, 'batchItemFailures') ?? [];
  if (!Array.isArray(failures)) return undefined;
  const failed = new Set<string>();
  for (const failure of failures) {
    const id: unknown = typeof failure === 'object' && failure !== null ? failure.itemIdentifier : undefined;
    if (typeof id !== 'string' || !messageIds.includes(id)) return undefined;
    failed.add(id);
  }
  return failed;
}
