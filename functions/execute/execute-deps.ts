import type { Kind } from '../kinds/kind.ts';
import type { Credentials } from '../model/credentials.ts';
import type { Integration } from '../model/integration.ts';
import type { KindName } from '../model/kind-name.ts';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Meter } from '../platform/meter.ts';
import type { Notifier } from '../platform/notifier.ts';
import type { Queues } from '../platform/queues.ts';
import type { Upstream } from '../platform/upstream/upstream.ts';
import type { UpstreamFactory } from '../platform/upstream/upstream-client.ts';
import type { DeadLetter } from '../store/dead-letters.ts';
import type { HistoryDatabase } from '../store/history.ts';

export interface ExecuteDeps {
  readonly db: HistoryDatabase;
  readonly kinds: Partial<Readonly<Record<KindName, Kind>>>;
  readonly connect: Connect;
  /** The breaker of a tenant's upstream, for people; reads only. */
  readonly breaker: UpstreamFactory['breaker'];
  readonly queues: Queues;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  readonly recordDeadLetter: (letter: DeadLetter) => Promise<DeadLetter>;
  /** Aborted when the process is told to stop: runs give their lease back and their message is delivered again. */
  readonly stopSignal: AbortSignal;
}

/** Opens an integration's credentials and its upstream. Throws PermanentError when there is nothing to open them with. */
export type Connect = (
  integration: Integration,
  limits: { readonly deadline: number; readonly signal: AbortSignal },
) => Promise<Connection>;

export interface Connection {
  readonly credentials: Credentials;
  readonly upstream: Upstream;
  /** Kept across runs of a warm process, private to the credential. */
  readonly memo: Map<string, unknown>;
  /** For redaction. */
  readonly secrets: readonly string[];
}
