import { describe, expect, it } from 'vitest';
import { type Health, healthOf, viewIntegration, viewRecent } from '../../functions/api/integration-view.ts';
import { asIntegrationId, asTenantId } from '../../functions/model/ids.ts';
import type { Integration, Lease } from '../../functions/model/integration.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;

/** Ran a minute ago, runs again in a minute. */
const anIntegration = (changes: Partial<Integration> = {}): Integration => ({
  tenantId: asTenantId('acme'),
  id: asIntegrationId('sims'),
  name: 'SIMs',
  kind: 'carrier',
  provider: 'hosted',
  baseUrl: null,
  accountId: null,
  config: {},
  syncInterval: 120,
  syncEnabled: true,
  status: 'success',
  disabledReason: null,
  disabledAt: null,
  coveredTo: null,
  retryCount: 0,
  lastSyncAt: NOON - MINUTE,
  lastSyncError: null,
  notice: null,
  noticeUntil: null,
  credentials: null,
  credentialsSetAt: null,
  createdAt: NOON,
  updatedAt: NOON,
  version: 1,
  scheduleVersion: 1,
  nextSyncAt: NOON + MINUTE,
  watchedSlot: null,
  enqueuedFrom: null,
  lastSlot: NOON - MINUTE,
  slotOpen: false,
  retryAt: null,
  passedSlot: null,
  passedRun: null,
  overtakenSlot: null,
  overtakenRun: null,
  notBefore: null,
  lastManual: null,
  manualOpen: false,
  passedManual: null,
  passedManualRun: null,
  wakes: 0,
  runCounter: 1,
  lease: null,
  abandoned: null,
  lastRun: null,
  cursor: null,
  checkpoint: null,
  recent: 'S',
  alerted: false,
  ...changes,
});

const aLease = (changes: Partial<Lease> = {}): Lease => ({
  owner: 'worker',
  until: NOON + 30_000,
  token: 2,
  slice: 0,
  startedAt: NOON - 15_000,
  trigger: 'schedule',
  slot: NOON - 15_000,
  progress: {},
  ...changes,
});

describe('health', () => {
  it.each<[string, Partial<Integration>, Health]>([
    ['the last run succeeded', {}, 'green'],
    ['it is running on time', { lease: aLease() }, 'green'],
    ['the last run was partial', { status: 'partial' }, 'yellow'],
    ['a slot is 61 s late', { nextSyncAt: NOON - 61_000 }, 'yellow'],
    ['a slot is 59 s late', { nextSyncAt: NOON - 59_000 }, 'green'],
    ['a slot is late because a run is going on', { nextSyncAt: NOON - 61_000, lease: aLease() }, 'green'],
    ['a slot is late and its worker died', { nextSyncAt: NOON - 61_000, lease: aLease({ until: NOON }) }, 'yellow'],
    ['it never ran and is late', { status: 'pending', nextSyncAt: NOON - 61_000 }, 'yellow'],
    ['it is put off', { notice: 'rate limited', noticeUntil: NOON + 1 }, 'yellow'],
    ['it was put off', { notice: 'rate limited', noticeUntil: NOON }, 'green'],
    ['a retry waits', { status: 'error', retryCount: 1, slotOpen: true, retryAt: NOON + MINUTE }, 'yellow'],
    ['a retry is going on', { status: 'error', retryCount: 1, lease: aLease({ trigger: 'retry' }) }, 'yellow'],
    ['the retries are used up', { status: 'error', retryCount: 4 }, 'red'],
    ['failures switched it off', { syncEnabled: false, status: 'disabled', disabledReason: '3 failures' }, 'red'],
    ['a person switched it off', { syncEnabled: false }, 'grey'],
    ['it never ran', { status: 'pending', lastSyncAt: null }, 'grey'],
    ['it runs by hand only', { syncInterval: null, nextSyncAt: null }, 'grey'],
    ['it is an idle buffer', { kind: 'receipts', nextSyncAt: null }, 'green'],
  ])('when %s', (_what, changes, health) => {
    expect(healthOf(anIntegration(changes), NOON)).toBe(health);
  });
});

describe('the API form', () => {
  it('shows the slot that runs next, though it is enqueued already', () => {
    const enqueued = anIntegration({ enqueuedFrom: NOON + 30_000, nextSyncAt: NOON + 150_000 });
    expect(viewIntegration(enqueued, NOON).nextSyncAt).toBe('2026-11-22T12:00:30.000Z');
  });

  it('cuts long errors and drops a notice that is over', () => {
    const view = viewIntegration(
      anIntegration({ lastSyncError: 'x'.repeat(600), notice: 'breaker open', noticeUntil: NOON }),
      NOON,
    );
    expect(view.lastSyncError).toHaveLength(500);
    expect(view.notice).toBeNull();
  });

  it('shows nothing of the credentials but when they were set and how a long key ends', () => {
    const view = viewIntegration(
      anIntegration({ credentials: { sealed: 'c2VhbGVk', hint: 'wxyz' }, credentialsSetAt: NOON }),
      NOON,
    );
    expect(view).toMatchObject({ apiKeyLast4: 'wxyz', credentialsSetAt: '2026-11-22T12:00:00.000Z' });
    expect(JSON.stringify(view)).not.toContain('c2VhbGVk');
  });

  it('spells out recent outcomes, newest last', () => {
    const lastRun = {
      run: 4,
      status: 'FAILED',
      trigger: 'schedule',
      slot: NOON,
      startedAt: NOON,
      completedAt: NOON + 1_500,
      recordsCount: 0,
    } as const;
    expect(viewRecent(anIntegration({ recent: 'SPDF', lastRun }))).toEqual({
      recent: ['SUCCESS', 'PARTIAL', 'DEFERRED', 'FAILED'],
      lastRecordsCount: 0,
      lastDurationMs: 1_500,
    });
  });
});
