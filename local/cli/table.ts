export type Cell = string | number | boolean | null | undefined;

/** Names and messages come from outside: what could move the cursor or colour the terminal is shown as a dot. */
export function plain(cell: Cell): string {
  if (cell === null || cell === undefined || cell === '') return '-';
  return String(cell).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·');
}

/** Columns in line, numbers to the right; the last column is as wide as it likes. */
export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns, ...rows.map((row) => row.map(plain))];
  const last = columns.length - 1;
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => [...(line[i] ?? '')].length)));
  const right = columns.map(
    (_, i) => rows.length > 0 && rows.every((row) => row[i] === null || typeof row[i] === 'number'),
  );
  return lines
    .map((line) =>
      line
        .map((cell, i) => {
          const gap = ' '.repeat((widths[i] ?? 0) - [...cell].length);
          if (right[i]) return gap + cell;
          return i === last ? cell : cell + gap;
        })
        .join('  '),
    )
    .join('\n');
}

/** One thing, a line per property. */
export function properties(pairs: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${plain(value)}`).join('\n');
}
