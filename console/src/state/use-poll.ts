import { useSyncExternalStore } from 'react';
import { createPoll, type Poll, type PollOptions, type Snapshot } from './poll.ts';

/**
 * All that is being, or was lately, asked for, by key: two parts of the page that show the same share one poll, and a page
 * that is opened again shows what it knew until the answer is there.
 */
const entries = new Map<string, Entry>();
const MAX_ENTRIES = 200;

interface Entry {
  readonly poll: Poll<unknown>;
  options: PollOptions<unknown>;
}

export interface Polled<T> extends Snapshot<T> {
  refresh(): Promise<void>;
}

export function usePoll<T>(key: string, load: PollOptions<T>['load'], every: PollOptions<T>['every']): Polled<T> {
  const poll = pollOf(key, { load, every });
  const snapshot = useSyncExternalStore(poll.subscribe, poll.snapshot);
  return { ...snapshot, refresh: poll.refresh };
}

function pollOf<T>(key: string, options: PollOptions<T>): Poll<T> {
  const known = entries.get(key);
  if (known !== undefined) {
    known.options = options as PollOptions<unknown>;
    return known.poll as Poll<T>;
  }
  const poll = createPoll<unknown>(() => entry.options);
  const entry: Entry = { poll, options: options as PollOptions<unknown> };
  entries.set(key, entry);
  for (const [oldest, { poll: unused }] of entries) {
    if (entries.size > MAX_ENTRIES && oldest !== key && !unused.watched()) entries.delete(oldest);
  }
  return poll as Poll<T>;
}

/** Asks anew for all that somebody looks at and of which the key begins so. */
export function refreshPolls(prefix: string): void {
  for (const poll of pollsOf(prefix)) if (poll.watched()) void poll.refresh();
}

/** All polls of which the key begins so. */
export const pollsOf = <T>(prefix: string): Poll<T>[] =>
  [...entries].filter(([key]) => key.startsWith(prefix)).map(([, { poll }]) => poll as Poll<T>);
