import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../../../functions/model/failure.ts';
import { parseJson } from '../../../functions/platform/http/parse-json.ts';

function whyNot(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    expect(error).toBeInstanceOf(UpstreamError);
    expect((error as UpstreamError).problem).toBe('bad_body');
    return (error as UpstreamError).message;
  }
  return 'it was accepted';
}

it('reads all JSON just as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (text) => {
      fc.pre(!text.includes('__proto__'));
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

it('says in words why an answer is no JSON', () => {
  expect(whyNot('<!DOCTYPE html><html>')).toBe('answered with a web page instead of JSON');
  expect(whyNot('\n  <html lang="en">')).toBe('answered with a web page instead of JSON');
  expect(whyNot('{"a":{"b":[1,2')).toBe('the answer ended in the middle');
  expect(whyNot('{"a":"text that stops')).toBe('the answer ended in the middle');
  expect(whyNot('{"a":"quote \\" and [ in text"')).toBe('the answer ended in the middle');
  expect(whyNot('{"a":NaN}')).toBe('the answer has NaN or Infinity in place of a number');
  expect(whyNot('[-Infinity]')).toBe('the answer has NaN or Infinity in place of a number');
  expect(whyNot('{"text":"NaN","b":}')).toBe('the answer is not JSON');
  expect(whyNot('Service unavailable')).toBe('the answer is not JSON');
  expect(whyNot(' ')).toBe('the answer is empty');
});

it('never quotes the answer, which may hold a key', () => {
  expect(whyNot('{"apiKey":"canary-123", broken}')).not.toContain('canary');
});

it('sees every cut through an answer as one', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (value, at) => {
      const text = JSON.stringify(value);
      const cut = text.slice(0, 1 + (at % (text.length - 1)));
      expect(whyNot(cut)).toBe('the answer ended in the middle');
    }),
  );
});

it('refuses numbers that overflow', () => {
  expect(whyNot('{"value":1e999}')).toBe('the answer has a number that is too large');
  expect(whyNot('[[-1e400]]')).toBe('the answer has a number that is too large');
});

describe('dangerous keys', () => {
  it('are refused at any depth, also escaped', () => {
    expect(whyNot('{"__proto__":{"isAdmin":true}}')).toContain('"__proto__"');
    expect(whyNot('[{"a":[{"\\u005f_proto__":1}]}]')).toContain('"__proto__"');
    expect(whyNot('{"constructor":{"prototype":{"isAdmin":true}}}')).toContain('"constructor.prototype"');
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });

  it('are only those: a racing team is a constructor too', () => {
    expect(parseJson('{"constructor":"Ferrari"}')).toEqual({ constructor: 'Ferrari' });
  });
});

it('takes the last of a key that comes twice, as JSON.parse does', () => {
  expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 });
});

it('refuses an answer nested too deeply, without running out of stack', () => {
  expect(whyNot('['.repeat(1_000_000) + ']'.repeat(1_000_000))).toContain('more than 100 levels deep');
  expect(parseJson('['.repeat(100) + ']'.repeat(100))).toBeInstanceOf(Array);
});

describe('integers beyond 2^53', () => {
  const big = '{"iccid":89445010000000000001,"id":9007199254740993,"small":12,"f":0.1234567890123456,"s":"1","e":1e20}';

  it('stay exact, as strings, where that is asked for', () => {
    expect(parseJson(big, { bigIntegers: 'string' })).toEqual({
      iccid: '89445010000000000001',
      id: '9007199254740993',
      small: 12,
      f: 0.1234567890123456,
      s: '1',
      e: 1e20,
    });
    expect(parseJson(big)).toMatchObject({ small: 12, iccid: Number('89445010000000000001') });
  });

  it('are exact for every integer there is', () => {
    fc.assert(
      fc.property(fc.bigInt(), (n) => {
        expect(String(parseJson(`[${n}]`, { bigIntegers: 'string' }))).toBe(String(n));
      }),
    );
  });
});
