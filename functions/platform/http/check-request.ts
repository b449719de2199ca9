import { PermanentError } from '../../model/failure.ts';
import { redact } from '../redact.ts';
import type { AddressGuard } from './address-guard.ts';
import type { HttpRequest } from './http.ts';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Printable Latin-1 and tabs: a line break would start a header of the caller's choice.
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers the connection needs to itself: setting them could split a request in two or reach another virtual host. */
const OWN_HEADERS = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The URL to call. Throws PermanentError 'config' for a URL that may not be called. */
export function checkedUrl(text: string, guard: AddressGuard, secrets: readonly string[]): URL {
  const problem = guard.checkUrl(text);
  if (problem === undefined) return new URL(text);
  const where = URL.canParse(text) ? `${redact(publicUrl(new URL(text)), secrets)} cannot be called: ` : '';
  throw new PermanentError(`${where}${problem}`, 'config');
}

/** Lower-case headers. Throws PermanentError 'config' for what cannot be a header; never names a value. */
export function checkedHeaders(headers: HttpRequest['headers']): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const lower = name.toLowerCase();
    if (!TOKEN.test(name)) throw new PermanentError('A header name contains characters that are not allowed', 'config');
    if (OWN_HEADERS.has(lower)) throw new PermanentError(`The header "${name}" cannot be set`, 'config');
    if (!HEADER_VALUE.test(value)) {
      throw new PermanentError(`The value of the header "${name}" contains characters that are not allowed`, 'config');
    }
    checked[lower] = value;
  }
  return checked;
}

/** A URL as it may be shown: without query, fragment and user info, where keys live. */
export function publicUrl(url: URL): string {
  return `${url.origin}${url.pathname.length > 200 ? `${url.pathname.slice(0, 200)}…` : url.pathname}`;
}
