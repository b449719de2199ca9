import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { createApiHandler } from '../functions/api/api-handler.ts';
import { createDeadLetterHandler } from '../functions/dead-letter/dead-letter-handler.ts';
import { createDispatchHandler } from '../functions/dispatch/dispatch-handler.ts';
import { createExecuteHandler } from '../functions/execute/execute-handler.ts';
import { kinds } from '../functions/kinds/registry.ts';
import type { KindName } from '../functions/model/kind-name.ts';
import type { Log } from '../functions/platform/log.ts';
import { tableNames } from '../functions/store/tables.ts';
import { createExpirySweep } from './dynamodb/expiry-sweep.ts';
import { EventSourceMapping } from './event-source-mapping/event-source-mapping.ts';
import { invoke } from './event-source-mapping/lambda-function.ts';
import { buildConsole, CONSOLE_DIRECTORY } from './gateway/build-console.ts';
import { consoleFiles } from './gateway/console-files.ts';
import { type Gateway, startGateway } from './gateway/gateway.ts';
import { createLocalTokens, type LocalTokens } from './gateway/local-tokens.ts';
import { type LocalRuntime, startLocalRuntime } from './local-runtime.ts';
import type { LocalOptions } from './options.ts';
import { releaseDeadLeases } from './release-leases.ts';
import { repeat } from './repeat.ts';

const WORKER_TIMEOUT_MS = 60_000;
/** Invocations at once per kind: as many runs as one process does well. */
const WORKERS_PER_KIND = 8;
/** A page of a table each time. */
const SWEEP_EVERY_MS = 60_000;
/** Of the ten seconds a stop may take. */
const DRAIN_MS = 3_000;

/** The whole system in one process: the deployed handlers on embedded AWS parts. Serves the API; `work` starts the rest. */
export interface LocalSystem {
  readonly url: string;
  readonly tokens: LocalTokens;
  readonly local: LocalRuntime;
  /** Calls the API's function as the gateway does, for the demo's own set-up. */
  readonly api: (event: APIGatewayProxyEventV2) => Promise<unknown>;
  /** From now on messages are taken and slots are looked for; until then only the API answers. */
  work(): void;
  /** Takes no more work, lets what runs end or give its lease back, stops everything. */
  stop(): Promise<void>;
}

export async function startLocalSystem(
  options: LocalOptions,
  { log, onFailure }: { readonly log: Log; readonly onFailure: (reason: string) => void },
): Promise<LocalSystem> {
  const stopping = new AbortController();
  const local = await startLocalRuntime(options, { log, onFailure, stopSignal: stopping.signal });
  const { runtime, sqs, queues } = local;
  const { clock, ids } = runtime;
  const released = await releaseDeadLeases(runtime);
  if (released > 0) {
    const runs = released === 1 ? '1 run was' : `${released} runs were`;
    log.info(`${runs} cut off when the system stopped last time, and will be made again`);
  }

  const middyOptions = { signal: stopping.signal };
  const invocation = { clock, newId: () => ids.next(), region: 'us-east-1', accountId: '000000000000' };
  const execute = createExecuteHandler(runtime);
  const deadLetter = createDeadLetterHandler(runtime);
  const dispatch = createDispatchHandler(runtime);
  const apiHandler = createApiHandler(runtime);

  const mappings = (Object.keys(kinds) as KindName[]).flatMap((kind) => {
    const { url, arn, deadLetterUrl, deadLetterArn } = queues[kind];
    const onProblem = (problem: string, error: unknown): void => log.warn(problem, { error });
    const map = (queueUrl: string, queueArn: string, name: string, handler: typeof execute, maxConcurrency: number) =>
      new EventSourceMapping(
        {
          queueUrl,
          queueArn,
          lambda: {
            name,
            handler: async (event, context) => handler(event, context, middyOptions),
            timeoutMs: WORKER_TIMEOUT_MS,
          },
          maxConcurrency,
          onProblem,
        },
        { client: sqs, clock, newId: invocation.newId },
      );
    return [
      map(url, arn, `driftless-local-${kind}`, execute, WORKERS_PER_KIND),
      map(deadLetterUrl, deadLetterArn, `driftless-local-${kind}-dead-letter`, deadLetter, 1),
    ];
  });

  const tick = async (): Promise<void> => {
    const lambda = {
      name: 'driftless-local-dispatch',
      handler: async (event: object, context: Context) => dispatch(event, context, middyOptions),
      timeoutMs: WORKER_TIMEOUT_MS,
    };
    try {
      await invoke(lambda, {}, invocation);
    } catch (error) {
      log.error('a tick failed; the next one goes on', { error });
    }
  };

  const tokens = createLocalTokens(local.tokenSecret);
  const console = consoleFiles(CONSOLE_DIRECTORY, buildConsole());
  let gateway: Gateway;
  try {
    gateway = await startGateway({
      port: options.port,
      api: async (event, context) => apiHandler(event, context, middyOptions),
      tokens,
      console,
      invocation,
    });
  } catch (error) {
    await local.close();
    throw error;
  }

  const expired = createExpirySweep(tableNames(runtime.settings.TABLE_PREFIX), { client: runtime.dynamo, clock });
  const noMore = new AbortController();
  const sweep = async (): Promise<void> => {
    try {
      await expired.step(noMore.signal);
    } catch (error) {
      log.warn('expired items were not swept; they are next time', { error });
    }
  };
  const repeated: Promise<void>[] = [];

  return {
    url: `http://localhost:${gateway.port}`,
    tokens,
    local,
    api: (event) =>
      invoke(
        {
          name: 'driftless-local-api',
          handler: async (each: APIGatewayProxyEventV2, context) => apiHandler(each, context, middyOptions),
          timeoutMs: 30_000,
        },
        event,
        invocation,
      ),
    work() {
      for (const mapping of mappings) mapping.start();
      repeated.push(
        repeat(tick, options.tickSeconds * 1000, clock, noMore.signal),
        repeat(sweep, SWEEP_EVERY_MS, clock, noMore.signal),
      );
    },
    async stop() {
      noMore.abort(new Error('the system is stopping'));
      await Promise.all([gateway.close(), ...repeated, ...mappings.map((mapping) => mapping.stop(DRAIN_MS))]);
      // What has not ended by itself gives its lease back; its message is made visible again.
      stopping.abort(new Error('the system is stopping'));
      await Promise.all(mappings.map((mapping) => mapping.stop(DRAIN_MS)));
      await local.close();
    },
  };
}
