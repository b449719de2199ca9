const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What may stand in a header: no CR or LF, which would begin a header of its own. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that belong to one connection, or that the HTTP client sets itself. */
const RESERVED = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'if-modified-since',
  'if-none-match',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export const isHeaderName = (name: string): boolean => TOKEN.test(name) && !RESERVED.has(name.toLowerCase());
export const isHeaderValue = (value: string): boolean => VALUE.test(value);

/** Why this header cannot be configured; undefined when it can. Never contains the value. */
export function checkHeader(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return 'is not the name of a header';
  if (name.toLowerCase() === 'authorization') {
    return 'is a secret and does not belong here: set auth to bearer, basic or apiKey and write the secret to credentials';
  }
  if (RESERVED.has(name.toLowerCase())) return 'is set by the HTTP client itself';
  return isHeaderValue(value) ? undefined : 'has characters that cannot be sent in a header';
}
