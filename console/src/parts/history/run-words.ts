import type { RunLog, RunStatus, Trigger } from '../../api/types.ts';
import { humanized } from '../format.ts';

export const RUN_TITLES: Readonly<Record<RunStatus, string>> = {
  PENDING: 'Pending',
  RUNNING: 'Running',
  SUCCESS: 'Success',
  PARTIAL: 'Partial',
  FAILED: 'Failed',
  DEFERRED: 'Deferred',
  SKIPPED: 'Skipped',
};

export const RUN_INDICATORS = {
  PENDING: 'pending',
  RUNNING: 'in-progress',
  SUCCESS: 'success',
  PARTIAL: 'warning',
  FAILED: 'error',
  DEFERRED: 'stopped',
  SKIPPED: 'not-started',
} as const satisfies Record<RunStatus, string>;

export const TRIGGER_TITLES: Readonly<Record<Trigger, string>> = {
  schedule: 'Schedule',
  manual: 'Manual',
  retry: 'Retry',
  redrive: 'Redrive',
};

/** How far a run has come, as its kind counts; null where it does not tell. */
export function progressOf({ details }: RunLog): { readonly done: number; readonly total: number } | null {
  const number = (name: string): number | undefined => {
    const value = details[name];
    return typeof value === 'number' ? value : undefined;
  };
  const done = number('done');
  const total = number('total');
  if (done !== undefined && total !== undefined && total > 0) return { done, total };
  const windows = number('windows');
  const left = number('windowsLeft');
  return windows !== undefined && left !== undefined && windows + left > 0
    ? { done: windows, total: windows + left }
    : null;
}

/** Counts and times of a run, in words; what is not known is left out. */
export const detailLines = ({ details }: RunLog): readonly (readonly [label: string, value: string | number])[] =>
  Object.entries(details).flatMap(([name, value]) => (value === null ? [] : [[humanized(name), value] as const]));
