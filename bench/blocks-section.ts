import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Section } from './report.ts';

/** bench/blocks.ts has a report of its own, printed by its own process. */
export async function blocksSection(): Promise<Section> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'blocks.ts')]);
  return { title: 'Measurement blocks', figures: [], notes: [`\`\`\`text\n${stdout.trim()}\n\`\`\``] };
}
