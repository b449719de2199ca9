import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../functions/platform/redact.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('known secrets', () => {
  const secret = 'k+9/Zz "quoted" ключ';

  it.each([
    ['as they are', secret],
    ['percent-encoded', encodeURIComponent(secret)],
    ['percent-encoded in lower case', encodeURIComponent(secret).replaceAll(/%../g, (byte) => byte.toLowerCase())],
    [
      'percent-encoded more than needed',
      [...Buffer.from(secret)].map((b) => `%${b.toString(16).padStart(2, '0')}`).join(''),
    ],
    ['in a form', new URLSearchParams({ q: secret }).toString().slice(2)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in base64', base64(secret)],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in a Basic header with another user', base64(`user:${secret}`)],
    ['in a Basic header with any user', base64(`us:${secret}:x`)],
  ])('are taken out %s', (_form, written) => {
    expect(redact(`before ${written} after`, [secret])).toBe('before [redacted] after');
  });

  it('are taken out wherever they stand', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 4, maxLength: 40, unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom<(s: string) => string>(
          (s) => s,
          (s) => new URLSearchParams({ q: s }).toString(),
          (s) => JSON.stringify({ q: s }),
          (s) => `${s}${s}`,
        ),
        (key, before, after, form) => {
          // A key that looks like the mask cannot be told from it.
          fc.pre(!/[[\]]/.test(key) && !'redacted'.includes(key));
          const shown = redact(`${before}${form(key)}${after}`, [key]);
          expect(shown).not.toContain(key);
          expect(shown).not.toContain(new URLSearchParams({ q: key }).toString().slice(2));
        },
      ),
    );
  });

  it('are taken out of any Basic header', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ minLength: 6, maxLength: 40 }),
        fc.string({ maxLength: 5 }),
        (user, key, rest) => {
          const header = base64(`${user}:${key}${rest}`);
          expect(redact(`sent ${header} to it`, [key])).toBe('sent [redacted] to it');
        },
      ),
    );
  });

  it('that overlap leave nothing of each other', () => {
    expect(redact('xabcabcabx', ['abcab', 'bcabx'])).toBe('x[redacted]');
  });

  it('that are very short are taken out as words only', () => {
    expect(redact('pin 123 in 51234', ['123', ''])).toBe('pin [redacted] in 51234');
  });
});

describe('what looks like a secret', () => {
  const jwt = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.c-_c`;
  it.each([
    ['Authorization: Bearer abc.def', 'Authorization: [redacted]'],
    ['"authorization":"Basic dXNlcjpwYXNz"', '"authorization":"[redacted]"'],
    ['sent Bearer a1b2c3d4e5 to it', 'sent Bearer [redacted] to it'],
    ['GET /x?apikey=abc123&page=2', 'GET /x?apikey=[redacted]&page=2'],
    ['?access_token=abc&sig=def', '?access_token=[redacted]&sig=[redacted]'],
    ['password=hunter2', 'password=[redacted]'],
    ['{"client_secret": "abc", "page": 1}', '{"client_secret": "[redacted]", "page": 1}'],
    ['{\\"api_key\\":\\"abc\\"}', '{\\"api_key\\":\\"[redacted]\\"}'],
    ['X-API-Key: abc', 'X-API-Key: [redacted]'],
    [`token was ${jwt}`, 'token was [redacted]'],
    ['https://user:pass@host/path', 'https://[redacted]@host/path'],
  ])('%s', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it('is not every text', () => {
    for (const text of [
      'timeout after 10 s calling https://host/path?page=2',
      'the bearer token was rejected (401)',
      'basic authentication failed: check the password',
      'monkey=banana, 3 devices failed',
    ]) {
      expect(redact(text)).toBe(text);
    }
  });
});

it('takes linear time on hostile text', () => {
  for (const part of ['a', 'a-', 'token', '"', 'authorization', 'basic ', '%41', 'eyJ', '://', ':', 'api-key']) {
    const startedAt = process.cpuUsage();
    redact(part.repeat(200_000 / part.length), ['secret', 'aaaaaaab']);
    expect(process.cpuUsage(startedAt).user).toBeLessThan(1_500_000);
  }
});
