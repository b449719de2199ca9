import { PermanentError, UpstreamError, type UpstreamProblem } from '../../model/failure.ts';
import { redact } from '../redact.ts';
import { FORBIDDEN_ADDRESS } from './address-guard.ts';
import { BodyError } from './read-body.ts';

/** How far an exchange had come when it failed. */
export interface Exchange {
  /** As shown to people: without query. */
  readonly shownUrl: string;
  readonly timeoutMs: number;
  readonly secrets: readonly string[];
  /** The request may have reached the other side. */
  sent: boolean;
  timedOut: boolean;
  status: number | undefined;
}

/**
 * What a failed exchange means. The causing error is not attached: Node's parser errors carry the bytes that were
 * received, and those may echo a key.
 */
export function httpFailure(error: unknown, exchange: Exchange): UpstreamError | PermanentError {
  const { shownUrl, sent, status } = exchange;
  const code = codeOf(error);
  if (code === FORBIDDEN_ADDRESS) {
    return new PermanentError(`${shownUrl} cannot be called: ${(error as Error).message}`, 'config');
  }
  const fail = (problem: UpstreamProblem, message: string): UpstreamError =>
    new UpstreamError(redact(message, exchange.secrets), {
      problem,
      outcomeUnknown: sent,
      ...(status === undefined ? {} : { status }),
    });

  if (exchange.timedOut) return fail('timeout', `timeout after ${exchange.timeoutMs / 1000} s calling ${shownUrl}`);
  if (error instanceof BodyError) return fail(error.problem, `bad answer from ${shownUrl}: ${error.message}`);
  if (code.startsWith('HPE_')) {
    return fail('bad_body', `bad answer from ${shownUrl}: it is not HTTP as it should be (${code})`);
  }
  if (DNS_CODES.test(code)) return fail('dns', `name not found calling ${shownUrl} (${code})`);
  if (code === 'ETIMEDOUT') return fail('timeout', `timeout connecting to ${shownUrl}`);
  if (isTls(code, shownUrl, sent)) return fail('tls', `TLS failed calling ${shownUrl} (${code})`);
  if (status !== undefined) return fail('connection', `connection closed in the middle of the answer from ${shownUrl}`);
  if (code === 'ECONNREFUSED') return fail('connection', `connection refused calling ${shownUrl}`);
  return fail('connection', `connection lost calling ${shownUrl}${code === '' ? '' : ` (${code})`}`);
}

const DNS_CODES = /^(ENOTFOUND|ENODATA|EAI_|EBADNAME)/;
const TLS_CODES =
  /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO|CRL_|INVALID_CA)/;

/** A connection that breaks between TCP and the end of the handshake failed at TLS, whatever its code says. */
function isTls(code: string, shownUrl: string, sent: boolean): boolean {
  return TLS_CODES.test(code) || (code === 'ECONNRESET' && !sent && shownUrl.startsWith('https:'));
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  // Several addresses of one name: each failed in its own way; the first one tells enough.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const code = (first as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : '';
}
