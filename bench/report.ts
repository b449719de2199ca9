/** One measured or computed number, and what it means. */
export interface Figure {
  readonly name: string;
  /** With its unit: `4.0 write units`. */
  readonly value: string;
  /** What it is compared to. */
  readonly beside: string;
  /** Absent where nothing was promised. */
  readonly target?: { readonly text: string; readonly met: boolean };
}

/** One part of the bench. `notes`: paragraphs of Markdown below the table. */
export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly notes?: readonly string[];
}

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly node: string;
  /** Runnable processes a core. Before: others at work. After: they and the bench itself, which keeps about one core busy. */
  readonly loadPerCore: { readonly before: number; readonly after: number };
  readonly seconds: number;
}

/** For the terminal. */
export function sectionText({ title, figures, notes = [] }: Section): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const values = Math.max(...figures.map(({ value }) => value.length));
  const lines = figures.map(({ name, value, beside, target }) => {
    const verdict = target === undefined ? '' : ` [target ${target.text}: ${target.met ? 'met' : 'NOT MET'}]`;
    return `  ${name.padEnd(width)}  ${value.padStart(values)}  ${beside}${verdict}`.trimEnd();
  });
  return [title, ...lines, ...notes.map((note) => `\n${note}`)].join('\n');
}

/** bench/README.md as a whole. */
export function readme(sections: readonly Section[], machine: Machine): string {
  const { date, cpu, memoryGb, node, loadPerCore, seconds } = machine;
  return `${[
    '# Figures',
    '`npm run bench` measures all of this again and writes this file. Nothing here is asserted: times depend on the machine, and on who else uses it. Counts that are exact (units, calls) are tests, in `test/bench/`.',
    `${date} · ${cpu} · ${memoryGb} GB · Node ${node} · ${loadPerCore.before.toFixed(1)} runnable processes a core before, ${loadPerCore.after.toFixed(1)} at the end · took ${Math.round(seconds)} s.`,
    ...sections.map(sectionMarkdown),
  ].join('\n\n')}\n`;
}

function sectionMarkdown({ title, figures, notes = [] }: Section): string {
  const rows = figures.map(({ name, value, beside, target }) => {
    const verdict = target === undefined ? '' : `${target.text}: ${target.met ? 'met' : '**not met**'}`;
    return `| ${[name, value, beside, verdict].map(cell).join(' | ')} |`;
  });
  const table = ['| figure | value | compared to | target |', '|---|---:|---|---|', ...rows].join('\n');
  return [`## ${title}`, ...(figures.length > 0 ? [table] : []), ...notes].join('\n\n');
}

const cell = (text: string): string => text.replace(/\|/g, '\\|');

/** Three significant digits, no exponent. */
export function round(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: Math.min(digits, 6) });
}
