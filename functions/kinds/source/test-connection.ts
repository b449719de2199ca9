import { redact } from '../../platform/redact.ts';
import type { TestResult, TestRun } from '../kind.ts';
import { discoverFields, fieldName } from './discover.ts';
import { extractRows } from './extract.ts';
import { fetchPage } from './fetch-page.ts';
import { firstPosition } from './next-page.ts';
import { unusable } from './outcome.ts';
import { formatPath } from './path.ts';
import { secretsOf } from './request.ts';
import { readSettings } from './settings.ts';

const SHOWN_ROWS = 3;
const SAMPLED_ROWS = 20;

/**
 * Asks for the first page and shows what is in it: where the rows are, the first of them, and every field with its path and
 * type (nested to depth 3), so that a person can choose `itemsPath` and `fields` from it. Stores nothing.
 */
export async function testConnection(run: TestRun): Promise<TestResult> {
  const settings = readSettings(run.integration);
  const nothingRead = { after: null, edge: new Set<string>() };
  const page = await fetchPage(run, settings, firstPosition(settings), { after: null, validators: null });
  const items = page?.items ?? [];
  const read = extractRows(items, 1, settings, nothingRead, nothingRead);
  const missing =
    items.length === 0 ? [] : (settings.fields ?? []).filter((_field, index) => !read.seen.includes(index));
  const problems = [
    ...(read.problem === null ? [] : [unusable(read)]),
    ...missing.map((field) => `${field.name}: there is nothing at ${formatPath(field.path)}`),
  ];
  const secrets = secretsOf(settings, run.credentials);
  const clean = (text: string): string => redact(text, secrets);
  return {
    ok: problems.length === 0,
    detail: {
      message: `${items.length} row${items.length === 1 ? '' : 's'} on the first page`,
      rowCount: items.length,
      itemsPath: clean(page?.path ?? '.'),
      // By page number that is seen only by asking for the next one.
      morePages: settings.pagination.type === 'page' ? null : page?.next != null,
      fields: fieldsOf(items.slice(0, SAMPLED_ROWS), clean),
      firstRows: items.slice(0, SHOWN_ROWS).map((row) => shown(row, secrets, 0)),
      problems,
    },
  };
}

/** All that the first rows have; a field that differs between them shows every type that was seen. */
function fieldsOf(
  rows: readonly unknown[],
  clean: (text: string) => string,
): { name: string; path: string; dataType: string }[] {
  const types = new Map<string, { readonly name: string; readonly types: Set<string> }>();
  for (const found of rows.flatMap(discoverFields)) {
    const path = clean(formatPath(found.path));
    const entry = types.get(path) ?? { name: clean(fieldName(found.path)), types: new Set() };
    types.set(path, entry);
    entry.types.add(found.type);
  }
  return [...types].map(([path, entry]) => ({ name: entry.name, path, dataType: [...entry.types].join(' or ') }));
}

const MAX_TEXT = 200;
const MAX_LIST = 5;
const MAX_NAMES = 50;
const MAX_DEPTH = 4;

/** A row as it is shown: cut short, and without a secret that the source may have echoed. */
function shown(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof value === 'string') {
    const text = redact(value, secrets);
    return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_LIST).map((item) => shown(item, secrets, depth + 1));
  const entries = Object.entries(value).slice(0, MAX_NAMES);
  return Object.fromEntries(entries.map(([name, item]) => [redact(name, secrets), shown(item, secrets, depth + 1)]));
}
