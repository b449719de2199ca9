import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './source-files.ts';

/** One row of the import table in CONTRIBUTING.md. */
export interface Part {
  readonly name: string;
  /** `functions/model/` (a folder), `functions/kinds/kind.ts` (a file), and in both a star for any one name. */
  readonly where: readonly RegExp[];
  /** Parts it may import; `types` are those of which nothing may be left at run time. */
  readonly imports: readonly string[];
  readonly types: readonly string[];
}

const HEADER = ['part', 'where', 'may import', 'only types of'];
const EVERYTHING = 'all below';

export function readImportTable(): readonly Part[] {
  const rows = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const header = rows.findIndex((cells) => cells.join() === HEADER.join());
  if (header < 0) throw new Error(`CONTRIBUTING.md has no table with the columns ${HEADER.join(', ')}`);
  // Below the header is the line under it; the table ends at the first line that is no row.
  const table = rows.slice(header + 2);
  const parts = table.slice(
    0,
    table.findIndex((cells) => cells.length === 0),
  );
  const names = parts.map(([name = '']) => name);
  return parts.map(([name = '', where = '', imports = '', types = ''], row) => ({
    name,
    where: list(where).map((pattern) => asRegExp(pattern.replaceAll('`', ''))),
    imports: imports === EVERYTHING ? names.slice(row + 1) : list(imports),
    types: list(types),
  }));
}

/** The part a file belongs to: the first row that fits. */
export const partOf = (path: string, parts: readonly Part[]): Part | undefined =>
  parts.find(({ where }) => where.some((pattern) => pattern.test(path)));

const list = (cell: string): readonly string[] =>
  cell
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

const asRegExp = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}${pattern.endsWith('/') ? '' : '$'}`);
