import { UpstreamError } from '../../model/failure.ts';

/** Deeper than any real answer; keeps every later walk over the value from running out of stack. */
const MAX_DEPTH = 100;

/**
 * JSON as an upstream may send it, strictly. Refuses numbers that are none (NaN, Infinity, 1e999), `__proto__` and
 * `constructor.prototype` (whoever copies such a key later would change the prototype of every object) and nesting deeper
 * than 100. Of a key that comes twice the last one counts, as in JSON.parse.
 *
 * `bigIntegers: 'string'`: an integer that a number cannot hold exactly (beyond 2^53) becomes a string of its digits.
 *
 * Throws UpstreamError 'bad_body' whose message never quotes the text.
 */
export function parseJson(
  text: string,
  { bigIntegers = 'number' }: { bigIntegers?: 'number' | 'string' } = {},
): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad(whyNotJson(text));
  }
  check(value);
  // The second reading costs several times the first, so it is done only where such a number can be.
  return bigIntegers === 'string' && LONG_NUMBER.test(text) ? JSON.parse(text, keepBigInteger) : value;
}

/** Not one in quotes: ICCIDs and the like are in every answer of some. */
const LONG_NUMBER = /(?:^|[:[,])\s*-?\d{16}/;

const keepBigInteger = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
    ? context?.source
    : value;

/** Goes level by level, without recursion: the value may be nested more deeply than the stack allows. */
function check(root: unknown): void {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw bad(`the answer is nested more than ${MAX_DEPTH} levels deep`);
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'number' && !Number.isFinite(value)) throw bad('the answer has a number that is too large');
      if (typeof value !== 'object' || value === null) continue;
      if (Array.isArray(value)) for (const item of value) next.push(item);
      else {
        refuseDangerousKeys(value);
        for (const item of Object.values(value)) next.push(item);
      }
    }
    level = next;
  }
}

function refuseDangerousKeys(object: object): void {
  if (Object.hasOwn(object, '__proto__')) throw bad('the answer has a key "__proto__", which is not accepted');
  const made: unknown = Object.hasOwn(object, 'constructor') ? object.constructor : undefined;
  if (typeof made === 'object' && made !== null && Object.hasOwn(made, 'prototype')) {
    throw bad('the answer has a key "constructor.prototype", which is not accepted');
  }
}

/** JSON.parse's own message quotes the text, which may hold a key. */
function whyNotJson(text: string): string {
  const start = text.trimStart();
  if (start === '') return 'the answer is empty';
  if (start.startsWith('<')) return 'answered with a web page instead of JSON';
  const { open, notANumber } = scan(text);
  if (notANumber) return 'the answer has NaN or Infinity in place of a number';
  return open ? 'the answer ended in the middle' : 'the answer is not JSON';
}

/** Looks at broken JSON outside of its strings: whether something is still open at its end, and whether it has a NaN. */
function scan(text: string): { readonly open: boolean; readonly notANumber: boolean } {
  let depth = 0;
  let inString = false;
  let notANumber = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    else if (char === 'N' || char === 'I') notANumber ||= text.startsWith('NaN', i) || text.startsWith('Infinity', i);
  }
  return { open: inString || depth > 0, notANumber };
}

const bad = (message: string): UpstreamError => new UpstreamError(message, { problem: 'bad_body' });
