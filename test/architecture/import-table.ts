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

const HEADER = '| part | where | may import | only types of |';

export function readImportTable(): readonly Part[] {
  const lines = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8').split('\n');
  const start = lines.indexOf(HEADER);
  if (start < 0) throw new Error(`CONTRIBUTING.md has no table with the header ${HEADER}`);
  const rows = lines.slice(start + 2);
  return rows.slice(0, rows.indexOf('')).map((row) => {
    const [name = '', where = '', imports = '', types = ''] = row.split('|').slice(1, -1);
    return {
      name: name.trim(),
      where: list(where).map((pattern) => asRegExp(pattern.replaceAll('`', ''))),
      imports: list(imports),
      types: list(types),
    };
  });
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
