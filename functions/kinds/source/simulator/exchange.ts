export interface SimulatedRequest {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface SimulatedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes as they go over the wire. `hang`: the answer never comes. `reset`: the connection is cut. */
  readonly body: string | Uint8Array | Iterable<Uint8Array> | 'hang' | 'reset';
}

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): SimulatedResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
