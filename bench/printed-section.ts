import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Section } from './report.ts';

/** Some parts have a report of their own, printed by their own process. */
export async function printedSection(title: string, ...scripts: readonly string[]): Promise<Section> {
  const printed: string[] = [];
  for (const script of scripts) {
    const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, script)]);
    printed.push(stdout.trim());
  }
  return { title, figures: [], notes: [`\`\`\`text\n${printed.join('\n\n')}\n\`\`\``] };
}
