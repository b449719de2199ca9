/** The same words always give the same number in [0, 1): a fleet looks random and is the same on every machine. */
export function dice(...words: readonly (string | number)[]): number {
  return mix(hash(words.join('\u0000'))) / 2 ** 32;
}

/** A whole number in [from, to]. */
export const pick = (from: number, to: number, ...words: readonly (string | number)[]): number =>
  from + Math.floor(dice(...words) * (to - from + 1));

export function digits(count: number, ...words: readonly (string | number)[]): string {
  let text = '';
  let state = hash(words.join('\u0000'));
  while (text.length < count) {
    state = mix(state + 0x9e3779b9);
    text += String(state % 1_000_000).padStart(6, '0');
  }
  return text.slice(0, count);
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

/** Spreads every bit of a word over all of them. */
function mix(word: number): number {
  let value = word >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
