/** The port through which everything outside is called. `http-client.ts` is the real one; tests and the simulation bring their own. */
export interface HttpRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute http(s) URL without user info. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange, from DNS to the last byte of the body. Default 30,000. */
  readonly timeoutMs?: number;
  /** Of the body after decompression. Default 10 MB (10,000,000). */
  readonly maxBodyBytes?: number;
  /** Redirects are followed by hand, to the same origin only, at most 3, and only for GET. `none` makes any redirect an error. */
  readonly redirects?: 'same-origin' | 'none';
  /** Strings that must never appear in an error message or a log line that comes of this request. */
  readonly secrets?: readonly string[];
  /** Ends the exchange at once; `send` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** The address that answered, after redirects. */
  readonly url: string;
  /** The decompressed body as UTF-8 text, without a byte order mark. */
  readonly text: string;
  readonly latencyMs: number;
}

export interface HttpClient {
  /** Resolves for every HTTP status. Throws UpstreamError (no usable answer) or PermanentError (an address that may not be called). */
  send(request: HttpRequest): Promise<HttpResponse>;
}
