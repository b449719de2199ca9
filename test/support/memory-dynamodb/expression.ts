import { clone } from './clone.ts';

/** DynamoDB's condition and update expressions, over plain JavaScript values. Throws on what it does not know. */

export type Item = Record<string, unknown>;
export interface Placeholders {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

type Token = {
  readonly type: 'word' | 'name' | 'value' | 'number' | 'sign';
  readonly text: string;
  readonly keyword?: string;
};
const TOKEN = /\s*(?:(#\w+)|(:\w+)|(\d+)|([A-Za-z_]\w*)|(<>|<=|>=|[=<>(),.+\-[\]]))/y;

const cache = new Map<string, readonly Token[]>();
function tokensOf(text: string): readonly Token[] {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    if (text.slice(TOKEN.lastIndex).trim() === '') break;
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`ValidationException: cannot read the expression "${text}"`);
    const [, name, value, number, word, sign] = match;
    if (name !== undefined) tokens.push({ type: 'name', text: name });
    else if (value !== undefined) tokens.push({ type: 'value', text: value });
    else if (number !== undefined) tokens.push({ type: 'number', text: number });
    else if (word !== undefined) tokens.push({ type: 'word', text: word, keyword: word.toUpperCase() });
    else tokens.push({ type: 'sign', text: sign ?? '' });
  }
  cache.set(text, tokens);
  return tokens;
}

class Reader {
  private readonly tokens: readonly Token[];
  private readonly source: string;
  private position = 0;
  private group = '';
  readonly used = new Set<string>();
  readonly placeholders: Placeholders;
  constructor(source: string, placeholders: Placeholders) {
    this.source = source;
    this.tokens = tokensOf(source);
    this.placeholders = placeholders;
  }
  peek(): Token | undefined {
    return this.tokens[this.position];
  }
  is(text: string): boolean {
    const token = this.peek();
    return token !== undefined && (token.keyword ?? token.text) === text;
  }
  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.position += 1;
    return true;
  }
  expect(text: string): void {
    if (!this.take(text)) this.fail(`expected ${text}`);
  }
  next(): Token {
    const token = this.tokens[this.position++];
    return token ?? this.fail('it ends too early');
  }
  fail(why: string): never {
    throw new Error(`ValidationException: ${why} at token ${this.position} of "${this.source}"`);
  }
  /** What `inside` reads between parentheses. DynamoDB takes no pair around nothing but another pair. */
  between<T>(inside: () => T): T {
    this.expect('(');
    const from = this.position;
    const read = inside();
    if (this.group === `${from}-${this.position}`) this.fail('the expression has redundant parentheses');
    this.expect(')');
    this.group = `${from - 1}-${this.position}`;
    return read;
  }
  path(): readonly (string | number)[] {
    const parts: (string | number)[] = [this.pathPart()];
    for (;;) {
      if (this.take('.')) parts.push(this.pathPart());
      else if (this.take('[')) {
        parts.push(Number(this.next().text));
        this.expect(']');
      } else return parts;
    }
  }
  private pathPart(): string {
    const token = this.next();
    if (token.type === 'word') return token.text;
    if (token.type !== 'name') this.fail(`${token.text} is no path`);
    this.used.add(token.text);
    return this.placeholders.names[token.text] ?? this.fail(`${token.text} is not defined`);
  }
  value(text: string): unknown {
    this.used.add(text);
    if (!(text in this.placeholders.values)) this.fail(`${text} is not defined`);
    return this.placeholders.values[text];
  }
}

export function at(item: unknown, path: readonly (string | number)[]): unknown {
  let value: unknown = item;
  for (const part of path) value = value == null ? undefined : (value as Record<string | number, unknown>)[part];
  return value;
}

type Test = (item: Item) => boolean;
type Operand = (item: Item) => unknown;

/** The condition as a function; `used` collects the placeholders, because DynamoDB refuses unused ones. */
export function parseCondition(text: string, placeholders: Placeholders, used: Set<string>): Test {
  const reader = new Reader(text, placeholders);
  const test = orTest(reader);
  if (reader.peek() !== undefined) reader.fail('something is left over');
  for (const name of reader.used) used.add(name);
  return test;
}

function orTest(reader: Reader): Test {
  let left = andTest(reader);
  while (reader.take('OR')) {
    const [a, b] = [left, andTest(reader)];
    left = (item) => a(item) || b(item);
  }
  return left;
}

function andTest(reader: Reader): Test {
  let left = notTest(reader);
  while (reader.take('AND')) {
    const [a, b] = [left, notTest(reader)];
    left = (item) => a(item) && b(item);
  }
  return left;
}

function notTest(reader: Reader): Test {
  if (reader.take('NOT')) {
    const test = notTest(reader);
    return (item) => !test(item);
  }
  if (reader.is('(')) return reader.between(() => orTest(reader));
  return comparison(reader);
}

function comparison(reader: Reader): Test {
  if (reader.take('ATTRIBUTE_EXISTS')) return exists(reader, true);
  if (reader.take('ATTRIBUTE_NOT_EXISTS')) return exists(reader, false);
  if (reader.take('BEGINS_WITH')) {
    const [path, prefix] = twoArguments(reader);
    return (item) => {
      const value = path(item);
      return typeof value === 'string' && value.startsWith(String(prefix(item)));
    };
  }
  if (reader.take('CONTAINS')) {
    const [path, part] = twoArguments(reader);
    return (item) => {
      const value = path(item);
      return typeof value === 'string'
        ? value.includes(String(part(item)))
        : Array.isArray(value) && value.includes(part(item));
    };
  }
  const left = operand(reader);
  if (reader.take('BETWEEN')) {
    const low = operand(reader);
    reader.expect('AND');
    const high = operand(reader);
    return (item) => compare(left(item), low(item), (c) => c >= 0) && compare(left(item), high(item), (c) => c <= 0);
  }
  if (reader.take('IN')) {
    reader.expect('(');
    const choices = [operand(reader)];
    while (reader.take(',')) choices.push(operand(reader));
    reader.expect(')');
    return (item) => choices.some((choice) => same(left(item), choice(item)));
  }
  const sign = reader.next().text;
  const right = operand(reader);
  switch (sign) {
    case '=':
      return (item) => left(item) !== undefined && same(left(item), right(item));
    case '<>':
      return (item) => !same(left(item), right(item));
    case '<':
      return (item) => compare(left(item), right(item), (c) => c < 0);
    case '<=':
      return (item) => compare(left(item), right(item), (c) => c <= 0);
    case '>':
      return (item) => compare(left(item), right(item), (c) => c > 0);
    case '>=':
      return (item) => compare(left(item), right(item), (c) => c >= 0);
    default:
      return reader.fail(`${sign} is no comparator`);
  }
}

function exists(reader: Reader, wanted: boolean): Test {
  reader.expect('(');
  const path = reader.path();
  reader.expect(')');
  return (item) => (at(item, path) !== undefined) === wanted;
}

function twoArguments(reader: Reader): [Operand, Operand] {
  reader.expect('(');
  const first = operand(reader);
  reader.expect(',');
  const second = operand(reader);
  reader.expect(')');
  return [first, second];
}

function operand(reader: Reader): Operand {
  if (reader.take('SIZE')) {
    reader.expect('(');
    const path = reader.path();
    reader.expect(')');
    return (item) => sizeOf(at(item, path));
  }
  if (reader.take('IF_NOT_EXISTS')) {
    reader.expect('(');
    const path = reader.path();
    reader.expect(',');
    const otherwise = operand(reader);
    reader.expect(')');
    return (item) => at(item, path) ?? otherwise(item);
  }
  if (reader.take('LIST_APPEND')) {
    const [first, second] = twoArguments(reader);
    return (item) => [...(first(item) as unknown[]), ...(second(item) as unknown[])];
  }
  const token = reader.peek();
  if (token?.type === 'value') {
    reader.next();
    const value = reader.value(token.text);
    return () => value;
  }
  const path = reader.path();
  return (item) => at(item, path);
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.byteLength;
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
}

const same = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));

/** Values of different types never compare, as in DynamoDB. */
function compare(a: unknown, b: unknown, holds: (order: number) => boolean): boolean {
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return false;
  return holds(a === b ? 0 : (a as number) < (b as number) ? -1 : 1);
}

/** Applies an update expression; every right-hand side sees the item as it was. */
export function applyUpdate(
  text: string,
  old: Item,
  placeholders: Placeholders,
  used: Set<string>,
  seen = new Set<string>(),
): Item {
  const reader = new Reader(text, placeholders);
  const changes: ((item: Item) => void)[] = [];
  while (reader.peek() !== undefined) {
    if (reader.take('SET')) {
      do {
        const path = uniquePath(reader, seen);
        reader.expect('=');
        const value = sum(reader)(old);
        if (value === undefined)
          reader.fail(`the value for ${path.join('.')} refers to an attribute that is not there`);
        changes.push((item) => put(item, path, value));
      } while (reader.take(','));
    } else if (reader.take('REMOVE')) {
      do {
        const path = uniquePath(reader, seen);
        changes.push((item) => put(item, path, undefined));
      } while (reader.take(','));
    } else if (reader.take('ADD')) {
      do {
        const path = uniquePath(reader, seen);
        const value = operand(reader)(old);
        const before = at(old, path) ?? 0;
        if (typeof value !== 'number' || typeof before !== 'number')
          return reader.fail('only numbers can be added here');
        const total = before + value;
        changes.push((item) => put(item, path, total));
      } while (reader.take(','));
    } else reader.fail('expected SET, REMOVE or ADD');
  }
  for (const name of reader.used) used.add(name);
  // What is stored is never changed in place, so that members that stay may be shared.
  const item = [...seen].some((path) => path.includes('.')) ? clone(old) : { ...old };
  for (const change of changes) change(item);
  return item;
}

function uniquePath(reader: Reader, seen: Set<string>): readonly (string | number)[] {
  const path = reader.path();
  const key = path.join('.');
  if (seen.has(key)) reader.fail(`two changes of ${key}`);
  seen.add(key);
  return path;
}

function sum(reader: Reader): Operand {
  let left = operand(reader);
  for (;;) {
    const sign = reader.take('+') ? 1 : reader.take('-') ? -1 : 0;
    if (sign === 0) return left;
    const [a, b] = [left, operand(reader)];
    left = (item) => {
      const [x, y] = [a(item), b(item)];
      if (typeof x !== 'number' || typeof y !== 'number')
        throw new Error('ValidationException: an operand is no number');
      return x + sign * y;
    };
  }
}

function put(item: Item, path: readonly (string | number)[], value: unknown): void {
  const last = path.at(-1);
  const holder = at(item, path.slice(0, -1)) as Record<string | number, unknown> | undefined;
  if (holder === undefined || last === undefined) throw new Error('ValidationException: the path to set is not there');
  if (value === undefined) delete holder[last];
  else holder[last] = clone(value);
}
