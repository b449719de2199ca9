import { PermanentError, RetryLater, UpstreamError } from '../../../model/failure.ts';
import type { TestRun } from '../../kind.ts';
import { vehicleConfig } from '../schema.ts';

/** Calls one vehicle (or the service that knows it), with its key and its patience. */
export interface Link {
  /** The parsed body. Throws UpstreamError, PermanentError ('auth' for a refused key) or RetryLater; messages begin `timeout` or `error`. */
  get(path: string, query?: Readonly<Record<string, string | number | undefined>>): Promise<unknown>;
}

export interface LinkOptions {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  /** Statuses that mean the key was refused. */
  readonly authStatuses: readonly number[];
}

export function link(run: TestRun, options: LinkOptions): Link {
  const base = options.base.replace(/\/+$/, '');
  const { timeoutMs } = vehicleConfig(run.integration.config);
  return {
    async get(path, query = {}) {
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
      try {
        const answer = await run.upstream.json({
          url: `${base}${path}${search.size === 0 ? '' : `?${search}`}`,
          headers: options.headers,
          secrets: options.secrets,
          timeoutMs,
        });
        return answer.body;
      } catch (error) {
        throw inWords(error, path, options);
      }
    },
  };
}

function inWords(error: unknown, path: string, { authStatuses }: LinkOptions): unknown {
  if (error instanceof RetryLater) return error;
  if (error instanceof UpstreamError) {
    if (error.status !== undefined && authStatuses.includes(error.status)) {
      return new PermanentError(`error: the key was refused (${error.status} for ${path}); set the right one`, 'auth');
    }
    const { status, problem, outcomeUnknown, cause } = error;
    const message = withPrefix(error.message, problem === 'timeout' ? 'timeout' : 'error');
    return new UpstreamError(message, { problem, outcomeUnknown, cause, ...(status !== undefined && { status }) });
  }
  if (error instanceof PermanentError) return new PermanentError(withPrefix(error.message, 'error'), error.about);
  return error;
}

/** The history shows at a glance whether a vehicle was silent or answered badly. */
const withPrefix = (message: string, prefix: 'timeout' | 'error'): string =>
  message.startsWith(prefix) ? message : `${prefix}: ${message}`;
