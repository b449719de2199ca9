import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Section } from '../report.ts';
import { type Bundle, bundle, HANDLERS } from './bundle.ts';
import { initTime } from './init-time.ts';

const MOST_BYTES = 1_000_000;
const MOST_MS = 200;

export async function coldStartSection({ times }: { readonly times: number }): Promise<Section> {
  const directory = await mkdtemp(join(tmpdir(), 'driftless-bench-'));
  try {
    const bundles: Bundle[] = [];
    const figures: Section['figures'][number][] = [];
    for (const handler of HANDLERS) {
      const bundled = await bundle(handler, directory);
      const { ms, cpuMs } = await initTime(bundled.file, times);
      bundles.push(bundled);
      figures.push({
        name: handler,
        value: `${Math.round(bundled.bytes / 1000)} kB, ${Math.round(ms)} ms`,
        beside: `minified with the SDK inside; imported in a fresh process, median of ${times}; ${Math.round(cpuMs)} ms of CPU`,
        target: { text: '< 1 MB, ≤ 200 ms', met: bundled.bytes < MOST_BYTES && ms <= MOST_MS },
      });
    }
    return { title: 'Cold start', figures, notes: [contentsOf(bundles)] };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A table of what each bundle consists of, in kB. */
function contentsOf(bundles: readonly Bundle[]): string {
  const totals = new Map<string, number>();
  for (const { parts } of bundles)
    for (const { name, bytes } of parts) totals.set(name, (totals.get(name) ?? 0) + bytes);
  const names = [...totals.keys()].sort((a, b) => (totals.get(b) ?? 0) - (totals.get(a) ?? 0));
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(['kB in the bundle of', ...bundles.map(({ handler }) => handler)]),
    row(['---', ...bundles.map(() => '---:')]),
    ...names
      .filter((name) => bundles.some(({ parts }) => parts.some((part) => part.name === name && part.bytes >= 1000)))
      .map((name) =>
        row([
          name,
          ...bundles.map(({ parts }) => {
            const bytes = parts.find((part) => part.name === name)?.bytes ?? 0;
            return bytes < 500 ? '' : String(Math.round(bytes / 1000));
          }),
        ]),
      ),
  ].join('\n');
}
