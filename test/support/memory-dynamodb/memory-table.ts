import type { IndexDefinition, TableDefinition } from '../../../functions/store/tables.ts';
import { clone } from './clone.ts';
import { type Item, parseCondition } from './expression.ts';

/** One table: partitions of items in order of their sort key, and its indexes, which may lag behind. */
export class MemoryTable {
  private readonly definition: TableDefinition;
  private readonly items = new Map<string, Item>();
  private readonly partitions = new Map<unknown, Map<string, Item>>();
  private readonly indexes: readonly MemoryIndex[];
  private readonly shortPage: () => boolean;

  constructor(
    definition: TableDefinition,
    options: { now: () => number; indexLagMs: () => number; shortPage: () => boolean },
  ) {
    this.definition = definition;
    this.shortPage = options.shortPage;
    this.indexes = definition.indexes.map((index) => new MemoryIndex(index, definition, options));
  }

  get size(): number {
    return this.items.size;
  }

  all(): readonly Item[] {
    return [...this.items.values()];
  }

  get(key: Item): Item | undefined {
    return this.items.get(this.keyText(key));
  }

  /** Keeps the very item that is given: who has made it must not change it any more. */
  set(stored: Item): void {
    const text = this.keyText(stored);
    this.items.set(text, stored);
    const partition = stored[this.definition.partitionKey.name];
    let members = this.partitions.get(partition);
    if (members === undefined) {
      members = new Map();
      this.partitions.set(partition, members);
    }
    members.set(text, stored);
    for (const index of this.indexes) index.set(text, stored);
  }

  remove(key: Item): void {
    const text = this.keyText(key);
    this.items.delete(text);
    this.partitions.get(key[this.definition.partitionKey.name])?.delete(text);
    for (const index of this.indexes) index.remove(text);
  }

  query(input: Readonly<Record<string, unknown>>): unknown {
    const index = this.indexes.find(({ definition }) => definition.name === input.IndexName);
    if (input.IndexName !== undefined && index === undefined) throw new Error(`no index ${input.IndexName}`);
    for (const name of Object.keys(input)) {
      if (!QUERY_OPTIONS.has(name)) throw new Error(`the memory engine does not know ${name}`);
    }
    const placeholders = {
      names: (input.ExpressionAttributeNames ?? {}) as Record<string, string>,
      values: (input.ExpressionAttributeValues ?? {}) as Record<string, unknown>,
    };
    const used = new Set<string>();
    const keyTest = parseCondition(String(input.KeyConditionExpression), placeholders, used);
    const filter =
      input.FilterExpression === undefined
        ? () => true
        : parseCondition(String(input.FilterExpression), placeholders, used);
    const sortName = index?.definition.sortKey.name ?? this.definition.sortKey?.name;
    const candidates = index === undefined ? this.candidates(input, placeholders) : index.all();
    const matching = candidates.filter((item) => keyTest(item));
    if (sortName !== undefined) matching.sort((a, b) => order(a[sortName], b[sortName]) || order(a.pk, b.pk));
    if (input.ScanIndexForward === false) matching.reverse();
    const from = this.position(
      matching,
      input.ExclusiveStartKey as Item | undefined,
      sortName,
      input.ScanIndexForward === false,
    );
    const limit = this.shortPage() ? 1 : ((input.Limit as number | undefined) ?? Number.POSITIVE_INFINITY);
    const page = matching.slice(from, from + limit);
    const more = from + limit < matching.length || page.length === limit;
    const items = page.filter((item) => filter(item));
    const last = page.at(-1);
    return {
      Count: items.length,
      ScannedCount: page.length,
      ...(input.Select !== 'COUNT' && { Items: clone(items) }),
      ...(more && last !== undefined && { LastEvaluatedKey: clone(this.keyOf(last, index?.definition)) }),
    };
  }

  /** The partition, when the condition names it; else everything. */
  private candidates(
    input: Readonly<Record<string, unknown>>,
    placeholders: { readonly values: Record<string, unknown> },
  ): Item[] {
    const match = /^\s*#?\w+\s*=\s*(:\w+)/.exec(String(input.KeyConditionExpression));
    const value = match?.[1] === undefined ? undefined : placeholders.values[match[1]];
    return value === undefined ? [...this.items.values()] : [...(this.partitions.get(value)?.values() ?? [])];
  }

  private position(
    items: readonly Item[],
    start: Item | undefined,
    sortName: string | undefined,
    backwards: boolean,
  ): number {
    if (start === undefined) return 0;
    const after = items.findIndex((item) => {
      const c = (sortName === undefined ? 0 : order(item[sortName], start[sortName])) || order(item.pk, start.pk);
      return backwards ? c < 0 : c > 0;
    });
    return after === -1 ? items.length : after;
  }

  private keyOf(item: Item, index?: IndexDefinition): Item {
    const names = [
      this.definition.partitionKey.name,
      this.definition.sortKey?.name,
      index?.partitionKey.name,
      index?.sortKey.name,
    ].filter((name) => name !== undefined);
    return Object.fromEntries(names.map((name) => [name, item[name]]));
  }

  private keyText(key: Item): string {
    const { partitionKey, sortKey } = this.definition;
    for (const part of [partitionKey, sortKey]) {
      if (part !== undefined && typeof key[part.name] !== (part.type === 'S' ? 'string' : 'number')) {
        throw new Error(`ValidationException: the key's ${part.name} is missing or of another type`);
      }
    }
    return JSON.stringify([key[partitionKey.name], sortKey === undefined ? null : key[sortKey.name]]);
  }
}

const QUERY_OPTIONS = new Set([
  'TableName',
  'IndexName',
  'KeyConditionExpression',
  'FilterExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ExclusiveStartKey',
  'Limit',
  'ScanIndexForward',
  'ConsistentRead',
  'ProjectionExpression',
  'Select',
]);

const order = (a: unknown, b: unknown): number => (a === b ? 0 : (a as number) < (b as number) ? -1 : 1);

class MemoryIndex {
  readonly definition: IndexDefinition;
  private readonly table: TableDefinition;
  private readonly options: { readonly now: () => number; readonly indexLagMs: () => number };
  private readonly items = new Map<string, Item>();
  private pending: { readonly at: number; readonly text: string; readonly item: Item | undefined }[] = [];

  constructor(
    definition: IndexDefinition,
    table: TableDefinition,
    options: { now: () => number; indexLagMs: () => number },
  ) {
    this.definition = definition;
    this.table = table;
    this.options = options;
  }

  set(text: string, item: Item): void {
    this.change(text, this.project(item));
  }

  remove(text: string): void {
    this.change(text, undefined);
  }

  all(): Item[] {
    const now = this.options.now();
    const due = this.pending.filter((change) => change.at <= now);
    if (due.length > 0) {
      this.pending = this.pending.filter((change) => change.at > now);
      for (const { text, item } of due) this.apply(text, item);
    }
    return [...this.items.values()];
  }

  private change(text: string, item: Item | undefined): void {
    const lag = this.options.indexLagMs();
    // Changes of one item reach the index in their order.
    const earlier = this.pending.findLast((change) => change.text === text)?.at ?? 0;
    if (lag === 0 && earlier === 0) this.apply(text, item);
    else this.pending.push({ at: Math.max(earlier, this.options.now() + lag), text, item });
  }

  private apply(text: string, item: Item | undefined): void {
    if (item === undefined) this.items.delete(text);
    else this.items.set(text, item);
  }

  /** Undefined when the item is not in this index: an index is sparse. */
  private project(item: Item): Item | undefined {
    const { partitionKey, sortKey, projection } = this.definition;
    if (item[partitionKey.name] === undefined || item[sortKey.name] === undefined) return undefined;
    const names = [
      this.table.partitionKey.name,
      this.table.sortKey?.name,
      partitionKey.name,
      sortKey.name,
      ...(projection === 'KEYS_ONLY' ? [] : projection),
    ];
    return Object.fromEntries(
      names.flatMap((name) => (name !== undefined && item[name] !== undefined ? [[name, item[name]]] : [])),
    );
  }
}
