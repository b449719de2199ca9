import { gzipSync } from 'node:zlib';
import type { SimulatedRequest, SimulatedResponse } from './exchange.ts';

/** What can be wrong with one answer. */
export type Fault =
  | { readonly type: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Any text with status 200. */
  | { readonly type: 'text'; readonly text: string; readonly contentType?: string }
  | { readonly type: 'truncated' }
  | { readonly type: 'huge' }
  | { readonly type: 'gzip-bomb' }
  | { readonly type: 'redirect'; readonly location: string }
  /** A 500 whose message repeats the headers it was sent. */
  | { readonly type: 'echo' }
  | { readonly type: 'hang' }
  | { readonly type: 'reset' };

/** Bodies that a strict reader must refuse. */
export const BAD_TEXTS = {
  html: '<!doctype html><html><body>Sign in</body></html>',
  nan: '{"items":[{"id":1,"main":{"temp":NaN}}]}',
  overflow: '{"items":[{"id":1,"main":{"temp":1e999}}]}',
  proto: '{"items":[{"id":1,"__proto__":{"admin":true},"main":{"temp":1}}]}',
  deep: `${'['.repeat(5000)}${']'.repeat(5000)}`,
  scalar: '"later"',
  empty: '',
} as const;

/** Retry-After in every form it comes in, and absent. */
export const retryAfterForms = (now: number): Readonly<Record<string, string | undefined>> => ({
  seconds: '2',
  fraction: '0.40235',
  date: new Date(now + 90_000).toUTCString(),
  absent: undefined,
  absurd: '99999999999999999999',
  words: 'a while',
});

const HUGE_BYTES = 50_000_000;
const CHUNK = 1_000_000;

export function applyFault(
  fault: Fault,
  request: SimulatedRequest,
  answer: () => SimulatedResponse,
): SimulatedResponse {
  const headers = { 'content-type': 'application/json' };
  switch (fault.type) {
    case 'status':
      return { status: fault.status, headers: { ...headers, ...fault.headers }, body: '{"error":"simulated"}' };
    case 'text':
      return {
        status: 200,
        headers: { 'content-type': fault.contentType ?? headers['content-type'] },
        body: fault.text,
      };
    case 'truncated': {
      const whole = answer();
      return { ...whole, body: String(whole.body).slice(0, -20) };
    }
    case 'huge':
      return { status: 200, headers, body: hugeBody() };
    case 'gzip-bomb':
      return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipBomb() };
    case 'redirect':
      return { status: 302, headers: { location: fault.location }, body: '' };
    case 'echo':
      return { status: 500, headers, body: JSON.stringify({ error: `received ${JSON.stringify(request.headers)}` }) };
    case 'hang':
      return { status: 200, headers, body: 'hang' };
    case 'reset':
      return { status: 200, headers, body: 'reset' };
  }
}

function* hugeBody(): Generator<Uint8Array> {
  yield Buffer.from('{"items":["');
  const chunk = Buffer.alloc(CHUNK, 'x');
  for (let sent = 0; sent < HUGE_BYTES; sent += CHUNK) yield chunk;
  yield Buffer.from('"]}');
}

/** Some 60 KB that unpack to 50 MB of spaces. */
const gzipBomb = (): Uint8Array => gzipSync(Buffer.alloc(HUGE_BYTES, ' '));
