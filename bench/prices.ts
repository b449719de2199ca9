/** US dollars, published prices of us-east-1 (November 2026): DynamoDB on demand, SQS standard, Lambda on arm64. */
export const PRICES = {
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  queueRequest: 0.4e-6,
  invocation: 0.2e-6,
  gigabyteSecond: 1.33334e-5,
} as const;

/** What something uses up, by what is charged for. */
export interface Consumption {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly queueRequests: number;
  readonly invocations: number;
  readonly gigabyteSeconds: number;
}

export const dollars = (used: Consumption): number =>
  used.writeUnits * PRICES.writeUnit +
  used.readUnits * PRICES.readUnit +
  used.queueRequests * PRICES.queueRequest +
  used.invocations * PRICES.invocation +
  used.gigabyteSeconds * PRICES.gigabyteSecond;

export function sumOf(...parts: readonly Consumption[]): Consumption {
  const total = (name: keyof Consumption): number => parts.reduce((sum, part) => sum + part[name], 0);
  return {
    writeUnits: total('writeUnits'),
    readUnits: total('readUnits'),
    queueRequests: total('queueRequests'),
    invocations: total('invocations'),
    gigabyteSeconds: total('gigabyteSeconds'),
  };
}

export function times(used: Consumption, factor: number): Consumption {
  return {
    writeUnits: used.writeUnits * factor,
    readUnits: used.readUnits * factor,
    queueRequests: used.queueRequests * factor,
    invocations: used.invocations * factor,
    gigabyteSeconds: used.gigabyteSeconds * factor,
  };
}

export const NOTHING: Consumption = {
  writeUnits: 0,
  readUnits: 0,
  queueRequests: 0,
  invocations: 0,
  gigabyteSeconds: 0,
};
