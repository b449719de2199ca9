/** A request that was refused, or got no answer. Its message is made for people. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  /** 0: no answer came. */
  readonly status: number;
  readonly code: string;
  /** Of a 400: one per bad field, by path (`config.url`). */
  readonly fields: readonly FieldProblem[];
  /** Seconds, as the API asked for. */
  readonly retryAfter: number | null;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { readonly fields?: readonly FieldProblem[]; readonly retryAfter?: number | null } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = more.fields ?? [];
    this.retryAfter = more.retryAfter ?? null;
  }
}

export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** Whatever was thrown, as something to show. */
export function toFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure(0, 'unexpected', error instanceof Error ? error.message : String(error));
}

/** Reads `{ error: { code, message, details? } }`; anything else (a proxy's page, nothing at all) is put into words. */
export async function failureOf(response: Response): Promise<ApiFailure> {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const more = { retryAfter: Number.isFinite(retryAfter) ? retryAfter : null };
  try {
    const body: unknown = await response.json();
    const error = isObject(body) && isObject(body.error) ? body.error : undefined;
    if (error !== undefined && typeof error.message === 'string') {
      const fields = Array.isArray(error.details) ? error.details.filter(isFieldProblem) : [];
      return new ApiFailure(response.status, String(error.code), error.message, { ...more, fields });
    }
  } catch {
    // Not JSON: told below.
  }
  return new ApiFailure(response.status, 'unreadable', `The API answered ${response.status} without saying why.`, more);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isFieldProblem = (value: unknown): value is FieldProblem =>
  isObject(value) && typeof value.path === 'string' && typeof value.message === 'string';
