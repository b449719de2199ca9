/** One call as an operator sees it. */
export interface OperatorCall {
  /** From 1, over all calls of this operator. */
  readonly number: number;
  readonly operation: 'send' | 'status' | 'report' | 'token' | 'health';
  /** The idempotency key of a send; what is asked about; null for the rest. */
  readonly key: string | null;
}

/** What goes wrong with a call. */
export type Fault =
  /** No connection: the operator never sees it. */
  | { readonly kind: 'refuse' }
  /** Carried out, and the connection breaks before the answer. */
  | { readonly kind: 'lose-answer' }
  /** No answer until the caller gives up. `carriedOut`: the request was, all the same. */
  | { readonly kind: 'hang'; readonly carriedOut: boolean }
  /** Another answer than the right one (503, 429, a web page, …). `carriedOut`: the request was, all the same. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly carriedOut?: boolean;
    };

/** Decides before each call; undefined lets it go well. */
export type Faults = (call: OperatorCall) => Fault | undefined;

export interface OperatorRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OperatorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a call ends for its caller. */
export type CallEnd =
  | { readonly kind: 'answer'; readonly answer: OperatorAnswer }
  | { readonly kind: 'refused' | 'lost' | 'hanging' };

export const answer = (status: number, body: unknown): OperatorAnswer => ({ status, body: JSON.stringify(body) });

/** Runs one call under its fault. `carryOut` is not called at all where the operator never sees the request. */
export function underFault(fault: Fault | undefined, carryOut: () => OperatorAnswer): CallEnd {
  if (fault === undefined) return { kind: 'answer', answer: carryOut() };
  switch (fault.kind) {
    case 'refuse':
      return { kind: 'refused' };
    case 'lose-answer':
      carryOut();
      return { kind: 'lost' };
    case 'hang':
      if (fault.carriedOut) carryOut();
      return { kind: 'hanging' };
    case 'answer':
      if (fault.carriedOut) carryOut();
      return { kind: 'answer', answer: { status: fault.status, body: fault.body ?? '', headers: fault.headers ?? {} } };
  }
}
