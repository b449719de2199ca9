import type { Clock } from '../../../platform/clock.ts';
import { receiptBodySchema } from '../fiscal-document.ts';
import { answer, type CallEnd, type Faults, type OperatorAnswer, type OperatorRequest, underFault } from './fault.ts';
import { FiscalLedger } from './ledger.ts';
import type { SimulatedOperator } from './operator.ts';

export interface OfdOperatorOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly faults?: Faults;
  /** What it answers to a key it knows; `none`: it does not look at keys and books the receipt again. */
  readonly duplicates?: '409' | '200' | 'none';
  /** Why it refuses a document, or undefined. */
  readonly refuse?: (document: Readonly<Record<string, unknown>>) => string | undefined;
  /** Bearer token it wants. */
  readonly token?: string;
}

/**
 * A synchronous operator with books. `POST /ofd/v1/receipt`, `GET /ofd/v1/receipt/{key}` to ask about one,
 * `GET /ofd/v1/health`.
 */
export class OfdOperator implements SimulatedOperator {
  readonly ledger = new FiscalLedger();
  readonly #options: OfdOperatorOptions;
  #calls = 0;

  constructor(options: OfdOperatorOptions) {
    this.#options = options;
  }

  /** Calls so far. */
  get calls(): number {
    return this.#calls;
  }

  handle(request: OperatorRequest): CallEnd {
    this.#calls += 1;
    const { operation, key } = operationOf(request);
    const fault = operation && this.#options.faults?.({ number: this.#calls, operation, key });
    return underFault(fault, () => this.#carryOut(request, operation, key));
  }

  #carryOut(request: OperatorRequest, operation: Operation, key: string | null): OperatorAnswer {
    const { token } = this.#options;
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      return answer(401, { error: 'unauthorized' });
    }
    switch (operation) {
      case 'health':
        return answer(200, { status: 'ok' });
      case 'status': {
        const entry = this.ledger.entries.find((one) => one.key === key);
        return entry === undefined ? answer(404, { error: 'not found' }) : answer(200, accepted(entry));
      }
      case 'send':
        return this.#book(request, key);
      case undefined:
        return answer(404, { error: 'no such path' });
    }
  }

  #book({ body }: OperatorRequest, key: string | null): OperatorAnswer {
    const { duplicates = '409', refuse, clock } = this.#options;
    const document = parse(body);
    if (document === undefined) return answer(400, { error: 'the body is not a JSON object' });
    if (key === null || document.idempotency_key !== key) {
      return answer(400, { error: 'Idempotency-Key is missing or differs from idempotency_key' });
    }
    const known = this.ledger.entries.find((entry) => entry.key === key);
    if (known !== undefined && duplicates !== 'none') {
      return duplicates === '409'
        ? answer(409, { error: 'duplicate', ofd_id: idOf(known.number) })
        : answer(200, { ...accepted(known), duplicate: true });
    }
    const checked = receiptBodySchema.safeParse(document);
    const problem = checked.success ? refuse?.(document) : checked.error.issues[0]?.message;
    if (problem !== undefined) return answer(422, { error: problem });
    return answer(200, accepted(this.ledger.add(key, document, clock.now())));
  }
}

type Operation = 'send' | 'status' | 'health' | undefined;

function operationOf({ method, path, headers }: OperatorRequest): { operation: Operation; key: string | null } {
  if (method === 'POST' && path === '/ofd/v1/receipt') {
    return { operation: 'send', key: headers['idempotency-key'] ?? null };
  }
  if (method === 'GET' && path === '/ofd/v1/health') return { operation: 'health', key: null };
  const [, asked] = /^\/ofd\/v1\/receipt\/([^/?]+)$/.exec(path) ?? [];
  if (method === 'GET' && asked !== undefined) return { operation: 'status', key: decodeURIComponent(asked) };
  return { operation: undefined, key: null };
}

const idOf = (number: number): string => `OFD-${String(number).padStart(6, '0')}`;
const accepted = ({ number, at }: { number: number; at: number }) => ({
  status: 'accepted',
  ofd_id: idOf(number),
  timestamp: Math.floor(at / 1000),
});

function parse(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
