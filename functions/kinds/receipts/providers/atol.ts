import { PermanentError } from '../../../model/failure.ts';
import type { TestRun } from '../../kind.ts';
import type { Answer, Operator, Parcel } from '../operator.ts';
import { atolBody, atolProblems, OPERATIONS } from './atol-document.ts';
import { EXISTS_ALREADY, isOfTheRegister, meaningOf, NO_REPORT_YET } from './atol-errors.ts';
import { ATOL_BASE, type AtolAnswer, atolBase, callAtol, fetchToken, secretsOf } from './atol-session.ts';
import { atolConfigSchema, readConfig } from './config.ts';
import { plainValues } from './operator-words.ts';
import { type Provider, urlsOf } from './provider.ts';

/** ATOL Online v4: asynchronous. A receipt is taken (`wait`) and reported on later; the report is asked for, no callback is needed. */
export const atol: Provider = {
  title: 'ATOL Online v4',
  defaultBaseUrl: ATOL_BASE,
  credentials: [
    { name: 'apiKey', title: 'Login' },
    { name: 'apiSecret', title: 'Password' },
  ],
  accountId: { title: 'Group code', required: true },
  configSchema: atolConfigSchema,
  rateLimit: null,
  urls: urlsOf(ATOL_BASE),
  problems: atolProblems,
  baseUrl: atolBase,
  connect,
  async test(run) {
    await fetchToken(run);
    return { ok: true, detail: 'the login is accepted' };
  },
};

/** One question a second per cash register. */
const REPORT_SPACING_MS = 1000;
const POLL_MS = 5000;

function connect(run: TestRun): Operator {
  const { integration, clock, signal } = run;
  const config = readConfig(atolConfigSchema, integration.config);
  const { accountId } = integration;
  if (accountId === null) throw new PermanentError('The group code is missing: set the account id.', 'config');
  const group = `/${encodeURIComponent(accountId)}`;
  // As if the run before had asked in its last moment: runs of one register may follow each other closely.
  let askedAt = Math.min(clock.now(), integration.lastRun?.completedAt ?? 0);

  return {
    patienceMs: POLL_MS,
    async send(parcel: Parcel) {
      const body = JSON.stringify(atolBody(parcel, config));
      const answer = await callAtol(run, 'POST', `${group}/${OPERATIONS[parcel.document.type]}`, body);
      return answerToSend(answer, secretsOf(run));
    },
    async ask({ key, ref }) {
      // Without a name of its own it can be told only by sending: a known external_id answers with that name.
      if (ref === null) return { kind: 'absent', assumed: true };
      await clock.sleep(Math.max(0, askedAt + REPORT_SPACING_MS - clock.now()), signal);
      try {
        const answer = await callAtol(run, 'GET', `${group}/report/${encodeURIComponent(ref)}`);
        return answerToQuestion(answer, { key, ref }, secretsOf(run));
      } finally {
        askedAt = clock.now();
      }
    },
  };
}

function answerToSend({ body }: AtolAnswer, secrets: readonly string[]): Answer {
  const { uuid, status, error } = body;
  if (uuid && (error?.code === EXISTS_ALREADY || !error)) return { kind: 'working', ref: uuid };
  if (!error) return unclear(`The operator took the receipt without naming it (status ${status ?? 'none'})`);
  return error.code === EXISTS_ALREADY
    ? unclear('The operator has the receipt and does not name it')
    : meaningOf(error, false, secrets);
}

function answerToQuestion(
  { status: http, body }: AtolAnswer,
  { key, ref }: { readonly key: string; readonly ref: string },
  secrets: readonly string[],
): Answer {
  const { status, error, payload } = body;
  const isAnother = (body.uuid ?? ref) !== ref || (body.external_id ?? key) !== key;
  if (isAnother) return unclear('The operator reported on another receipt');
  if (status === 'done') return { kind: 'accepted', fiscal: { ...plainValues(payload, secrets), uuid: ref } };
  if (status === 'fail' && error) {
    // Else it is about the question, and the document may be done: it must not be renewed.
    const isOutcome = body.uuid === ref || body.external_id === key || isOfTheRegister(error);
    if (isOutcome && http < 400) return meaningOf(error, true, secrets);
  }
  if (status === 'wait' || error?.code === NO_REPORT_YET) return { kind: 'working', ref };
  if (http === 400 || http === 404) return { kind: 'absent' };
  if (error) {
    const meaning = meaningOf(error, false, secrets);
    if (meaning.kind === 'pause') return meaning;
  }
  return unclear(`The operator gave no report (HTTP ${http}, status ${status ?? 'none'})`);
}

const unclear = (message: string): Answer => ({ kind: 'failed', message, possiblySent: true });
