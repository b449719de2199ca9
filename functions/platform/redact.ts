/**
 * The text without secrets: neither the known ones, in any form they travel in (as they are, percent-encoded, in JSON,
 * base64 alone or within a Basic header), nor what looks like one (authorization headers, `token=…`, JWTs).
 * The last line of defence for whatever is logged, stored or shown.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  return masked(text, [...secrets.flatMap((secret) => marksOf(text, secret)), ...patternMarks(text)]);
}

const MASK = '[redacted]';

/** A part of the text to be masked. */
interface Mark {
  readonly start: number;
  readonly end: number;
}

/** Shorter ones are only looked for as whole words: taking every "a" out of a text would leave nothing to read. */
const MIN_LENGTH_ANYWHERE = 4;
/** A shorter fragment of base64 could be anything. */
const MIN_BASE64_FRAGMENT = 6;

function marksOf(text: string, secret: string): Mark[] {
  if (secret === '') return [];
  if (secret.length < MIN_LENGTH_ANYWHERE) return occurrences(text, secret).filter((mark) => isWholeWord(text, mark));
  return [
    ...occurrences(text, secret),
    ...occurrences(text, JSON.stringify(secret).slice(1, -1)),
    ...percentEncoded(text, secret),
    ...base64Fragments(secret).flatMap((fragment) =>
      occurrences(text, fragment).map((mark) => widened(text, mark, /[\w+/=-]/)),
    ),
  ];
}

/** All of them, overlapping ones too: masking one must not leave the rest of another. */
function occurrences(text: string, needle: string): Mark[] {
  const marks: Mark[] = [];
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
    marks.push({ start: at, end: at + needle.length });
  }
  return marks;
}

function isWholeWord(text: string, { start, end }: Mark): boolean {
  return !/[\p{L}\p{N}]/u.test(text.charAt(start - 1)) && !/[\p{L}\p{N}]/u.test(text.charAt(end));
}

function widened(text: string, mark: Mark, characters: RegExp): Mark {
  let { start, end } = mark;
  while (start > 0 && characters.test(text.charAt(start - 1))) start -= 1;
  while (end < text.length && characters.test(text.charAt(end))) end += 1;
  return { start, end };
}

/** Escapes may be in either case and stand for more characters than needed: so the text is decoded, not the secret encoded. */
function percentEncoded(text: string, secret: string): Mark[] {
  if (!/%[0-9a-f]{2}|\+/i.test(text)) return [];
  // One character per byte, and where each came from.
  let bytes = '';
  const marks: Mark[] = [];
  for (const { 0: part, index } of text.matchAll(/%[0-9a-f]{2}|[\s\S]/giu)) {
    const decoded = part.length === 3 ? String.fromCharCode(Number.parseInt(part.slice(1), 16)) : utf8(part);
    bytes += decoded;
    for (const _byte of decoded) marks.push({ start: index, end: index + part.length });
  }
  const wanted = utf8(secret);
  // In a form a space is a plus sign.
  return [...occurrences(bytes, wanted), ...occurrences(bytes, wanted.replaceAll(' ', '+'))].map(({ start, end }) => ({
    start: marks[start]?.start ?? 0,
    end: marks[end - 1]?.end ?? text.length,
  }));
}

const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

/**
 * What every base64 text contains in whose input the secret stands, at any place (`user:secret` in a Basic header):
 * one fragment for each of the three ways the bytes can be aligned.
 */
function base64Fragments(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2]
    .map((offset) => {
      const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
      return encoded.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + bytes.length) * 8) / 6));
    })
    .filter((fragment) => fragment.length >= MIN_BASE64_FRAGMENT)
    .flatMap((fragment) => [fragment, fragment.replaceAll('+', '-').replaceAll('/', '_')]);
}

const SECRET_NAME = '[\\w-]{0,40}(?:api[-_]?key|token|secret|passw(?:or)?d|pwd|signature|credential)[\\w-]{0,40}';

/** The first group is masked. Every repetition is bounded or cannot overlap its neighbour: hostile text costs linear time. */
const PATTERNS: readonly RegExp[] = [
  /\bauthorization\\?["']?\s{0,9}[:=]\s{0,9}\\?["']?([^"'\r\n\\}]+)/dgi,
  /\b(?:bearer|basic)\s{1,9}((?=[^\s"']{0,2000}\d)[\w.~+/=-]{8,})/dgi,
  new RegExp(`\\b(?:${SECRET_NAME}|key|sig|auth|pass)=([^&\\s"'<>;,]+)`, 'dgi'),
  new RegExp(`"${SECRET_NAME}\\\\?"\\s{0,9}:\\s{0,9}\\\\?"([^"\\\\]+)`, 'dgi'),
  /\b[\w-]{0,20}(?:api-?key|(?:auth|access|session)-token):\s{0,9}([^\s"',]+)/dgi,
  /\b(eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)/dg,
  /:\/\/([^\s/@:]{0,200}:[^\s/@]{0,200})@/dg,
];

function patternMarks(text: string): Mark[] {
  return PATTERNS.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ indices }) => {
      const [start, end] = indices?.[1] ?? [0, 0];
      return { start, end };
    }),
  );
}

function masked(text: string, marks: readonly Mark[]): string {
  let result = '';
  let from = 0;
  for (const { start, end } of [...marks].sort((a, b) => a.start - b.start)) {
    if (end <= from) continue;
    if (start >= from) result += `${text.slice(from, start)}${MASK}`;
    from = end;
  }
  return result + text.slice(from);
}
