import type { Kind, Run } from '../kinds/kind.ts';
import { UpstreamError } from '../model/failure.ts';
import type { Integration } from '../model/integration.ts';
import { idFor } from '../platform/ids.ts';
import { type Held, saveProgress } from '../store/claim.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { Attempted, Delivery } from './run-sync.ts';

/** A kind that has not come back this long after its deadline is given up on, before Lambda ends the whole batch. */
const PATIENCE_MS = 8_000;

export interface KindCall extends Delivery {
  readonly integration: Integration;
  readonly held: Held;
  readonly kind: Kind;
  readonly keeper: LeaseKeeper;
  readonly leaseMs: number;
}

/** Lets the kind do its part, under lease, deadline and patience. Never throws: a failure is an answer too. */
export async function callKind(
  call: KindCall,
  deps: ExecuteDeps,
): Promise<Attempted & { readonly secrets: readonly string[]; readonly calls: number }> {
  const { integration, kind, keeper, deadline } = call;
  let secrets: readonly string[] = [];
  let calls = (): number => 0;
  try {
    const connection = await deps.connect(integration, { deadline, signal: keeper.signal });
    secrets = connection.secrets;
    calls = () => connection.upstream.calls;
    const run = runHandle(call, connection, deps);
    const result = await within(deadline + PATIENCE_MS, keeper.signal, kind.sync(run), deps);
    return { result, secrets, calls: calls() };
  } catch (error) {
    // A lease lost meanwhile explains every other error.
    const reason = keeper.signal.aborted ? keeper.signal.reason : error;
    // What still goes on of a kind that was given up on must not go on beside the next run.
    keeper.lose();
    return { error: reason, secrets, calls: calls() };
  }
}

async function within<T>(until: number, signal: AbortSignal, work: Promise<T>, deps: ExecuteDeps): Promise<T> {
  const over = new AbortController();
  const patience = deps.clock
    .sleep(until - deps.clock.now(), AbortSignal.any([over.signal, signal]))
    .then((): never => {
      throw new UpstreamError('timeout: the run did not come to its end in the time a worker has', {
        problem: 'timeout',
      });
    });
  // When the work wins, the patience is called off and its rejection concerns nobody.
  patience.catch(() => undefined);
  try {
    return await Promise.race([work, patience]);
  } finally {
    over.abort(new Error('the run has ended'));
    work.catch(() => undefined);
  }
}

function runHandle(call: KindCall, connection: Awaited<ReturnType<ExecuteDeps['connect']>>, deps: ExecuteDeps): Run {
  const { integration, held, keeper, leaseMs, message, deadline } = call;
  let told = false;
  return {
    tenantId: integration.tenantId,
    integrationId: integration.id,
    integration,
    credentials: connection.credentials,
    upstream: connection.upstream,
    memo: connection.memo,
    data: { client: deps.db.client, tableName: deps.db.tables.data },
    clock: deps.clock,
    signal: keeper.signal,
    slot: message.slot,
    trigger: message.trigger,
    token: held.token,
    deadline,
    cursor: integration.cursor,
    checkpoint: integration.checkpoint,
    continued: (integration.lease?.slice ?? 0) > 0,
    assertHeld: keeper.assertHeld,
    async save(progress) {
      keeper.assertHeld();
      if (!(await saveProgress(held, progress, leaseMs, deps.db))) throw keeper.lose();
      keeper.renewed();
    },
    deadLetters: {
      async add(letter) {
        const { createdAt } = await deps.recordDeadLetter(letter);
        await deps.notifier.notify({
          id: idFor(createdAt, letter.id),
          tenantId: integration.tenantId,
          integrationId: integration.id,
          kind: integration.kind,
          type: 'dead_lettered',
          severity: 'warning',
          // A batch that is rejected as a whole is one mail, not fifty; every letter is listed.
          known: told,
          message: `${integration.name} (${integration.provider}) gave something up: ${letter.reason}. It is among the dead letters.`,
        });
        told = true;
      },
    },
  };
}
