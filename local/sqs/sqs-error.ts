/** Names that older, query-style clients know an error by; all others have one name. */
const QUERY_NAMES: Readonly<Record<string, string>> = {
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  PurgeQueueInProgress: 'AWS.SimpleQueueService.PurgeQueueInProgress',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

/** A refusal as SQS words it. `code` is the name the SDK gives the error. */
export class SqsError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'SqsError';
    this.code = code;
  }

  get queryCode(): string {
    return QUERY_NAMES[this.code] ?? this.code;
  }
}

export function invalidParameter(name: string, reason: string): SqsError {
  return new SqsError('InvalidParameterValue', `Value for parameter ${name} is invalid. Reason: ${reason}.`);
}

export function missingParameter(name: string): SqsError {
  return new SqsError('MissingParameter', `The request must contain the parameter ${name}.`);
}

/** A whole number in a range; `fallback` when it is absent. Throws InvalidParameterValue. */
export function integerParameter(
  name: string,
  value: number | undefined,
  range: readonly [lowest: number, highest: number],
  fallback: number,
): number {
  if (value === undefined) return fallback;
  const [lowest, highest] = range;
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw invalidParameter(name, `Must be an integer from ${lowest} to ${highest}, if provided`);
}
