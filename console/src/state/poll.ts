import { type ApiFailure, toFailure } from '../api/api-failure.ts';

/** One thing that is asked for again and again while somebody looks at it. */
export interface Poll<T> {
  subscribe(listener: () => void): () => void;
  snapshot(): Snapshot<T>;
  /** Whether anybody looks at it. */
  watched(): boolean;
  /** Asks now. Resolves when the answer, or the failure, is in the snapshot. */
  refresh(): Promise<void>;
  /**
   * Shows a change before the API has confirmed it. If `act` fails the change is taken back, and its error thrown;
   * `commit` puts what it answered into the data.
   */
  optimistically<R>(change: (data: T) => T, act: () => Promise<R>, commit: (data: T, result: R) => T): Promise<R>;
}

export interface Snapshot<T> {
  readonly data: T | undefined;
  /** Of the last try; the data are then those of an earlier one. */
  readonly failure: ApiFailure | undefined;
  /** Epoch ms of the last good answer. */
  readonly loadedAt: number | undefined;
  readonly loading: boolean;
}

export interface PollOptions<T> {
  readonly load: (signal: AbortSignal) => Promise<T>;
  /** Ms until it is asked for again; null: only when told to. */
  readonly every: (data: T | undefined) => number | null;
}

const MAX_BACKOFF_MS = 60_000;
const MIN_BACKOFF_MS = 2_000;

/**
 * Asks while it has listeners and the tab is seen; goes on at once when the tab is looked at again or the network is back.
 * After a failure it waits twice as long each time, and as long as the API asks for.
 */
export function createPoll<T>(options: () => PollOptions<T>): Poll<T> {
  const listeners = new Set<() => void>();
  let base: T | undefined;
  let current: Snapshot<T> = { data: undefined, failure: undefined, loadedAt: undefined, loading: false };
  let changes: readonly ((data: T) => T)[] = [];
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  /** Grows when something was changed here: what was asked for before may not know of it. */
  let generation = 0;

  function show(change: Partial<Snapshot<T>>): void {
    let data = base;
    if (data !== undefined) for (const apply of changes) data = apply(data);
    current = { ...current, ...change, data };
    for (const listener of listeners) listener();
  }

  function plan(): void {
    clearTimeout(timer);
    if (listeners.size === 0 || document.hidden) return;
    const wait = pause(options().every(current.data));
    if (wait !== null) timer = setTimeout(() => void refresh(), wait);
  }

  /** Ms until it is asked again; what was refused for good is not asked for by itself. */
  function pause(every: number | null): number | null {
    const { failure } = current;
    if (failures === 0 || failure === undefined) return every;
    if (every === null && isFinal(failure)) return null;
    return Math.max(every ?? 0, backoff(failures), (failure.retryAfter ?? 0) * 1000);
  }

  async function ask(signal: AbortSignal): Promise<void> {
    const asked = generation;
    try {
      const data = await options().load(signal);
      if (signal.aborted) return;
      failures = 0;
      if (asked !== generation) return await ask(signal);
      if (data !== base || current.failure !== undefined || current.loadedAt === undefined) {
        base = data;
        show({ failure: undefined, loadedAt: Date.now(), loading: false });
      } else {
        // Unchanged: nobody has to draw anything again.
        current = { ...current, loadedAt: Date.now(), loading: false };
      }
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      show({ failure: toFailure(error), loading: false });
    }
  }

  function refresh(): Promise<void> {
    if (asking !== undefined) return asking.done;
    clearTimeout(timer);
    const abort = new AbortController();
    if (current.data === undefined) show({ loading: true });
    const done = ask(abort.signal).finally(() => {
      if (asking?.abort !== abort) return;
      asking = undefined;
      plan();
    });
    asking = { abort, done };
    return done;
  }

  function stop(): void {
    clearTimeout(timer);
    asking?.abort.abort();
    asking = undefined;
  }

  function onVisibility(): void {
    if (document.hidden) clearTimeout(timer);
    else void refresh();
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      if (listeners.size === 1) {
        document.addEventListener('visibilitychange', onVisibility);
        addEventListener('online', onVisibility);
        void refresh();
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        document.removeEventListener('visibilitychange', onVisibility);
        removeEventListener('online', onVisibility);
        stop();
      };
    },
    snapshot: () => current,
    watched: () => listeners.size > 0,
    refresh,
    async optimistically(change, act, commit) {
      changes = [...changes, change];
      show({});
      try {
        const result = await act();
        generation += 1;
        if (base !== undefined) base = commit(base, result);
        return result;
      } finally {
        changes = changes.filter((other) => other !== change);
        show({});
        if (listeners.size > 0) void refresh();
      }
    },
  };
}

/** The same question would have the same answer. */
const isFinal = ({ status }: ApiFailure): boolean => status >= 400 && status < 500 && status !== 408 && status !== 429;

const backoff = (failures: number): number => Math.min(MIN_BACKOFF_MS * 2 ** (failures - 1), MAX_BACKOFF_MS);
