/** Times, durations and amounts in words. Pure, so that a word can be relied on. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS = [
  { name: 'day', ms: DAY },
  { name: 'hour', ms: HOUR },
  { name: 'minute', ms: MINUTE },
  { name: 'second', ms: SECOND },
] as const;

/** `4 minutes`, `1 hour`; the largest unit of which there is a whole one. */
export function inWords(ms: number): string {
  const unit = UNITS.find((candidate) => Math.abs(ms) >= candidate.ms) ?? UNITS[3];
  const count = Math.floor(Math.abs(ms) / unit.ms);
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`;
}

/** `4 minutes ago`, `in 30 seconds`, `just now`. */
export function relative(at: number, now: number): string {
  const away = at - now;
  if (Math.abs(away) < 2 * SECOND) return 'just now';
  return away < 0 ? `${inWords(away)} ago` : `in ${inWords(away)}`;
}

/** Seconds as people set them: `10 seconds`, `5 minutes`, `1 hour 30 minutes`. */
function intervalInWords(seconds: number): string {
  let rest = seconds * SECOND;
  const parts: string[] = [];
  for (const { name, ms } of UNITS) {
    const count = Math.floor(rest / ms);
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
    rest -= count * ms;
  }
  return parts.join(' ') || '0 seconds';
}

/** `Every 5 minutes`, `Every hour`. */
export const everyInWords = (seconds: number): string =>
  `Every ${intervalInWords(seconds).replace(/^1 (?=[a-z]+$)/, '')}`;

/** How long something took: `304 ms`, `2.5 s`, `3 min 20 s`, `1 h 23 min`. */
export function took(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  const [large, largeName, small, smallName] = ms < HOUR ? [MINUTE, 'min', SECOND, 's'] : [HOUR, 'h', MINUTE, 'min'];
  const rest = Math.floor((ms % Number(large)) / Number(small));
  return `${Math.floor(ms / Number(large))} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Decimal units, three digits: `12.5 MB`. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits).replace(/\.0+$/, '')} ${BYTE_UNITS[unit]}`;
}

const numbers = new Intl.NumberFormat('en');
export const count = (value: number): string => numbers.format(value);

/** A measured value: as many digits as mean something. */
export function measured(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(3);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4;
  return numbers.format(Number(value.toFixed(digits)));
}

export const plural = (many: number, one: string, others = `${one}s`): string =>
  `${count(many)} ${many === 1 ? one : others}`;

const withZone = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });

/** In the zone of the one who looks, which it names: a screenshot or a word on the phone reaches other zones. `22 Nov 2026, 13:08:12 CET`. */
export const localTime = (at: number): string => withZone.format(at);

const withoutSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** `13:08`, in the zone of the one who looks. */
export const localClock = (at: number): string => withoutSeconds.format(at);

/** The API's times within a text, as those beside it are shown. */
export const withLocalTimes = (text: string): string =>
  text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (iso) => localTime(Date.parse(iso)));

/** `2026-11-22 12:08:12 UTC`. */
export const utcTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** `firstSecond_third` → `First second third`. */
export function humanized(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
