import * as z from 'zod';
import type { Clock } from '../../../platform/clock.ts';
import {
  answer,
  type CallEnd,
  type Faults,
  type OperatorAnswer,
  type OperatorCall,
  type OperatorRequest,
  underFault,
} from './fault.ts';
import { FiscalLedger } from './ledger.ts';
import type { SimulatedOperator } from './operator.ts';

export interface AtolFailure {
  readonly code: number;
  readonly text: string;
  readonly type: 'system' | 'driver' | 'agent' | 'timeout';
}

export interface AtolOperatorOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly faults?: Faults;
  readonly login?: string;
  readonly pass?: string;
  readonly group?: string;
  /** How long the cash register works on a receipt, ms. */
  readonly workMs?: number;
  /** How long a token is good, ms. */
  readonly tokenMs?: number;
  /** Why the service refuses a document when it comes. */
  readonly refuse?: (externalId: string, body: AtolBody) => AtolFailure | undefined;
  /** How the cash register fails on one it has taken. */
  readonly fail?: (externalId: string, body: AtolBody) => AtolFailure | undefined;
}

const company = z.strictObject({
  email: z.string(),
  sno: z.enum(['osn', 'usn_income', 'usn_income_outcome', 'envd', 'esn', 'patent']),
  inn: z.string().regex(/^\d{10}(\d{2})?$/),
  payment_address: z.string().max(256),
});
const vatType = z.enum(['none', 'vat0', 'vat10', 'vat18', 'vat110', 'vat118', 'vat20', 'vat120']);
const payments = z
  .array(z.strictObject({ type: z.number().int().min(0).max(9), sum: z.number() }))
  .min(1)
  .max(10);
const vats = z
  .array(z.strictObject({ type: vatType, sum: z.number() }))
  .min(1)
  .max(6);
const item = z.strictObject({
  name: z.string().max(128),
  price: z.number().max(42_949_672.95),
  quantity: z.number().max(99_999.999),
  sum: z.number(),
  payment_method: z.literal('full_payment'),
  payment_object: z.literal('commodity'),
  vat: z.strictObject({ type: vatType }),
});
const envelope = {
  external_id: z.string().min(1).max(128),
  timestamp: z.string().regex(/^\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d$/),
  service: z.strictObject({ callback_url: z.string().max(256) }).optional(),
};
const client = z.strictObject({ email: z.string().optional(), phone: z.string().optional() });
const receiptBody = z.strictObject({
  ...envelope,
  receipt: z.strictObject({
    ...{ client, company, payments, vats },
    items: z.array(item).min(1).max(100),
    total: z.number(),
  }),
});
const correctionInfo = z.strictObject({
  type: z.enum(['self', 'instruction']),
  base_date: z.string().regex(/^\d\d\.\d\d\.\d{4}$/),
  base_number: z.string(),
  base_name: z.string(),
});
const correctionBody = z.strictObject({
  ...envelope,
  correction: z.strictObject({ company, correction_info: correctionInfo, payments, vats }),
});
export type AtolBody = z.output<typeof receiptBody> | z.output<typeof correctionBody>;

interface Job {
  readonly uuid: string;
  readonly externalId: string;
  readonly operation: string;
  readonly body: AtolBody;
  readonly readyAt: number;
  readonly failure: AtolFailure | undefined;
  documentNumber: number | null;
}

const PREFIX = '/possystem/v4';
const DAY_MS = 24 * 3_600_000;

/** ATOL Online v4 as its protocol describes it: token, sell, report; an external_id it knows answers with the first uuid. */
export class AtolOperator implements SimulatedOperator {
  readonly #books = new FiscalLedger();
  readonly #options: AtolOperatorOptions;
  readonly #group: string;
  readonly #jobs = new Map<string, Job>();
  readonly #tokens = new Map<string, number>();
  #calls = 0;

  /** When reports were asked for, epoch ms. */
  readonly reportedAt: number[] = [];
  /** Tokens given out. */
  tokensGiven = 0;

  constructor(options: AtolOperatorOptions) {
    this.#options = options;
    this.#group = options.group ?? 'shop_1';
  }

  /** Includes what the cash register has done by now without being asked. */
  get ledger(): FiscalLedger {
    this.#work();
    return this.#books;
  }

  handle(request: OperatorRequest): CallEnd {
    this.#calls += 1;
    this.#work();
    const route = routeOf(request);
    if (route.operation === 'report') this.reportedAt.push(this.#options.clock.now());
    const { operation, key } = route;
    const fault = operation && this.#options.faults?.({ number: this.#calls, operation, key });
    return underFault(fault, () => this.#carryOut(route, request));
  }

  #carryOut(route: Called, request: OperatorRequest): OperatorAnswer {
    if (route.operation === 'token') return this.#giveToken(request);
    if (route.operation === undefined) return problem(404, system(0, 'no such path'));
    const { token } = request.headers;
    if (token === undefined) return problem(401, system(10, 'token is missing'));
    const until = this.#tokens.get(token);
    if (until === undefined || until <= this.#options.clock.now()) return problem(401, system(11, 'token has expired'));
    if (route.group !== this.#group) return problem(401, system(20, 'the group does not belong to the token'));
    return route.operation === 'report' ? this.#report(route.key ?? '') : this.#take(route.verb, request);
  }

  #giveToken({ body }: OperatorRequest): OperatorAnswer {
    const { login = 'login', pass = 'pass', tokenMs = DAY_MS, clock } = this.#options;
    const given = z.object({ login: z.string(), pass: z.string() }).safeParse(JSON.parse(body));
    if (!given.success || given.data.login !== login || given.data.pass !== pass) {
      return problem(401, system(12, 'wrong login or password'));
    }
    this.tokensGiven += 1;
    const token = `token-${this.tokensGiven}`;
    this.#tokens.set(token, clock.now() + tokenMs);
    return answer(200, { error: null, token, timestamp: stamp(clock.now()) });
  }

  #take(verb: string, { body }: OperatorRequest): OperatorAnswer {
    const { clock, workMs = 3000, refuse, fail } = this.#options;
    const parsed = (verb.endsWith('correction') ? correctionBody : receiptBody).safeParse(JSON.parse(body));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return problem(400, system(32, `invalid: ${issue?.path.join('.')} ${issue?.message}`));
    }
    const externalId = parsed.data.external_id;
    const known = [...this.#jobs.values()].find((job) => job.externalId === externalId);
    if (known !== undefined) {
      const error = errorOf(system(33, 'external_id exists already'));
      return answer(400, { uuid: known.uuid, error, status: 'wait', timestamp: stamp(clock.now()) });
    }
    const refusal = refuse?.(externalId, parsed.data);
    if (refusal !== undefined) return problem(400, refusal);
    const uuid = `00000000-0000-4000-8000-${String(this.#jobs.size + 1).padStart(12, '0')}`;
    this.#jobs.set(uuid, {
      ...{ uuid, externalId, operation: verb, body: parsed.data },
      readyAt: clock.now() + workMs,
      failure: fail?.(externalId, parsed.data),
      documentNumber: null,
    });
    return answer(200, { uuid, timestamp: stamp(clock.now()), error: null, status: 'wait' });
  }

  /** The cash register books what its time has come for. */
  #work(): void {
    for (const job of this.#jobs.values()) {
      if (job.documentNumber !== null || job.failure !== undefined || job.readyAt > this.#options.clock.now()) continue;
      const document = { operation: job.operation, ...job.body };
      job.documentNumber = this.#books.add(job.externalId, document, job.readyAt).number;
    }
  }

  #report(uuid: string): OperatorAnswer {
    const now = this.#options.clock.now();
    const job = this.#jobs.get(uuid);
    if (job === undefined) return problem(400, system(30, 'no such uuid'));
    const about = {
      uuid,
      timestamp: stamp(now),
      group_code: this.#group,
      external_id: job.externalId,
      callback_url: '',
    };
    if (job.readyAt > now) {
      return answer(200, { ...about, error: errorOf(system(34, 'not found yet')), status: 'wait', payload: null });
    }
    if (job.failure !== undefined) {
      return answer(200, { ...about, error: errorOf(job.failure), status: 'fail', payload: null });
    }
    const payload = {
      total: 'receipt' in job.body ? job.body.receipt.total : 0,
      fns_site: 'www.nalog.ru',
      fn_number: '1110000100238211',
      shift_number: 1,
      receipt_datetime: stamp(job.readyAt),
      fiscal_receipt_number: job.documentNumber,
      fiscal_document_number: job.documentNumber,
      ecr_registration_number: '0000111118041361',
      fiscal_document_attribute: 3_449_555_941,
    };
    return answer(200, { ...about, error: null, status: 'done', payload });
  }
}

interface Called {
  readonly operation: OperatorCall['operation'] | undefined;
  readonly group: string;
  readonly verb: string;
  readonly key: string | null;
}

const VERBS = ['sell', 'sell_refund', 'buy', 'buy_refund', 'sell_correction', 'buy_correction'];

function routeOf({ method, path, body }: OperatorRequest): Called {
  const parts = path.replace(PREFIX, '').split('/').slice(1).map(decodeURIComponent);
  const [group = '', verb = '', uuid = ''] = parts;
  const none = { group, verb, key: null };
  if (method === 'POST' && parts.length === 1 && group === 'getToken') return { ...none, operation: 'token' };
  if (method === 'GET' && parts.length === 3 && verb === 'report') return { ...none, operation: 'report', key: uuid };
  if (method === 'POST' && parts.length === 2 && VERBS.includes(verb)) {
    const sent = z.object({ external_id: z.string() }).safeParse(JSON.parse(body));
    return { ...none, operation: 'send', key: sent.success ? sent.data.external_id : null };
  }
  return { ...none, operation: undefined };
}

const system = (code: number, text: string): AtolFailure => ({ code, text, type: 'system' });
const errorOf = (failure: AtolFailure) => ({ error_id: `error-${failure.code}`, ...failure });
const problem = (status: number, failure: AtolFailure): OperatorAnswer =>
  answer(status, { timestamp: '', status: 'fail', error: errorOf(failure) });

const stamp = (at: number): string => {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  return `${date.split('-').reverse().join('.')} ${time.slice(0, 8)}`;
};
