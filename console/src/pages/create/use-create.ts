import { useRef, useState } from 'react';
import { type ApiFailure, toFailure } from '../../api/api-failure.ts';
import type { KindEntry, ProviderEntry } from '../../api/catalog.ts';
import type { Integration } from '../../api/types.ts';
import { type Draft, EMPTY_DRAFT, missingOf, problemsOf, toChange, toNew } from '../../parts/connection/draft.ts';
import type { Problems } from '../../parts/schema-form/field-props.ts';
import { flashDone, flashFailure } from '../../state/flash.ts';
import { refreshAbout } from '../../state/integration-changes.ts';
import { useClient } from '../../state/use-api.ts';
import type { TestState } from './test-step.tsx';

const NO_PROBLEMS: Problems = new Map();
const NOT_TESTED: TestState = { testing: false, answer: null, failure: null };

/**
 * The way of a new integration: it is saved switched off, so that its connection can be tested, and switched on at the end.
 * Each step can be made again; one key makes sure that there is one integration in the end.
 */
export function useCreate(kind: KindEntry, provider: ProviderEntry) {
  const client = useClient();
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [saved, setSaved] = useState<Integration | null>(null);
  const [savedDraft, setSavedDraft] = useState<Draft>();
  const [test, setTest] = useState(NOT_TESTED);
  const [interval, setInterval] = useState<number | null | undefined>(undefined);
  const [enabled, setEnabled] = useState(true);
  const [working, setWorking] = useState(false);
  const sent = useRef({ body: '', key: '' });

  /** Whether it was done; what went wrong is in `problems` and `failure`. */
  async function attempt(act: () => Promise<void>): Promise<boolean> {
    setWorking(true);
    setFailure(null);
    try {
      await act();
      return true;
    } catch (error) {
      const reason = toFailure(error);
      setProblems(problemsOf(reason));
      setFailure(reason);
      return false;
    } finally {
      setWorking(false);
    }
  }

  /** The same sent again has the same key, and is the same integration though an answer was lost; another draft is another try. */
  async function createOnce(next: Draft): Promise<Integration> {
    const wanted = { ...toNew(next, kind.kind, provider.provider), syncEnabled: false };
    const body = JSON.stringify(wanted);
    if (sent.current.body !== body) sent.current = { body, key: crypto.randomUUID() };
    return client.create(wanted, sent.current.key);
  }

  async function put(next: Draft): Promise<void> {
    const after =
      saved === null ? await createOnce(next) : await client.change(saved.id, toChange(next, saved.version));
    setSaved(after);
    setSavedDraft(next);
    setProblems(NO_PROBLEMS);
  }

  /** Saves the connection, unless it is saved as it stands. */
  async function save(): Promise<boolean> {
    if (draft === savedDraft) return true;
    const missing = missingOf(draft, provider, saved !== null);
    setProblems(missing);
    return missing.size === 0 && attempt(() => put(draft));
  }

  return {
    draft,
    problems,
    failure,
    saved,
    test,
    working,
    enabled,
    setEnabled,
    interval: interval === undefined ? kind.defaultSyncInterval : interval,
    setInterval,
    change(next: Draft) {
      setDraft(next);
      setProblems(NO_PROBLEMS);
      setTest(NOT_TESTED);
    },
    save,
    async runTest(): Promise<void> {
      if (saved === null || !(await save())) return;
      setTest({ ...NOT_TESTED, testing: true });
      try {
        setTest({ ...NOT_TESTED, answer: await client.test(saved.id) });
      } catch (error) {
        setTest({ ...NOT_TESTED, failure: toFailure(error) });
      }
    },
    /** Chosen from what the test has found, without losing its answer. */
    chooseFields(fields: readonly object[] | undefined): void {
      const { fields: _, ...config } = draft.config;
      setDraft({ ...draft, config: fields === undefined ? config : { ...config, fields } });
    },
    async finish(): Promise<Integration | null> {
      if (saved === null) return null;
      const seconds = interval === undefined ? kind.defaultSyncInterval : interval;
      const done = await attempt(async () => {
        await client.changeSync(saved.id, { syncInterval: seconds, syncEnabled: enabled });
        flashDone(`${saved.name} is created`, enabled ? 'Its first sync is on its way.' : 'It is paused.');
        refreshAbout(saved.id);
      });
      return done ? saved : null;
    },
    async discard(): Promise<void> {
      if (saved === null) return;
      try {
        await client.remove(saved.id);
        refreshAbout(saved.id);
      } catch (error) {
        flashFailure(`${saved.name} could not be discarded`, error);
      }
    },
  } as const;
}
