import type { Context } from 'aws-lambda';
import type { Clock } from '../../functions/platform/clock.ts';

/** A function as Lambda runs it: what is exported by its handler.ts, and what is configured about it. */
export interface LambdaFunction<Event> {
  readonly name: string;
  readonly handler: (event: Event, context: Context) => Promise<unknown>;
  /** After so long Lambda ends it. */
  readonly timeoutMs: number;
  /** For the context only; default 512. */
  readonly memoryMb?: number | undefined;
}

export interface InvocationDependencies {
  readonly clock: Clock;
  /** Request ids. */
  readonly newId: () => string;
  readonly region: string;
  readonly accountId: string;
}

export class FunctionTimeout extends Error {
  constructor(name: string, timeoutMs: number) {
    super(`${name} timed out after ${timeoutMs / 1000} seconds`);
    this.name = 'FunctionTimeout';
  }
}

/**
 * Calls a function the way Lambda does and answers what it returned; rejects with what it threw, or with FunctionTimeout. Lambda
 * freezes a function that timed out; here it can only be left alone, so what it still does has to be harmless by itself.
 */
export async function invoke<Event>(
  lambda: LambdaFunction<Event>,
  event: Event,
  dependencies: InvocationDependencies,
): Promise<unknown> {
  const { clock } = dependencies;
  const finished = new AbortController();
  const context = contextOf(lambda, clock.now() + lambda.timeoutMs, dependencies);
  // A handler that throws before its first await is no different from one that rejects.
  const run = async (): Promise<unknown> => lambda.handler(event, context);
  const timeout = clock.sleep(lambda.timeoutMs, finished.signal).then(() => {
    throw new FunctionTimeout(lambda.name, lambda.timeoutMs);
  });
  try {
    return await Promise.race([run(), timeout]);
  } finally {
    finished.abort();
  }
}

function contextOf(
  { name, memoryMb = 512 }: Omit<LambdaFunction<never>, 'handler'>,
  deadline: number,
  { clock, newId, region, accountId }: InvocationDependencies,
): Context {
  const refuse = (): never => {
    throw new Error('Functions answer by their promise.');
  };
  return {
    awsRequestId: newId(),
    callbackWaitsForEmptyEventLoop: true,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${region}:${accountId}:function:${name}`,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadline - clock.now()),
    done: refuse,
    fail: refuse,
    succeed: refuse,
  };
}
