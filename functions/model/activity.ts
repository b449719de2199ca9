/**
 * How often an integration ran and failed lately, kept on its own item by the write that ends a run: it costs no write and
 * no read of its own, so that the overview of a thousand integrations need not look into a thousand histories.
 *
 * Text: number of the newest block in base 36, a bar, then `runs` or `runs.failures` of that block and the ones before it.
 */
const BLOCK_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;
/** The block that is going on, and those that reach into the hour before. */
const BLOCKS = HOUR_MS / BLOCK_MS + 1;

export interface Activity {
  readonly runs: number;
  readonly failures: number;
}

/** The text with one more run that ended at `at` (epoch ms). A clock set back counts into the newest block. */
export function countRun(activity: string, at: number, failed: boolean): string {
  const { newest, blocks } = parse(activity);
  const now = Math.max(Math.floor(at / BLOCK_MS), newest);
  const passed = Math.min(now - newest, BLOCKS);
  const shifted = [...Array.from({ length: passed }, () => NONE), ...blocks].slice(0, BLOCKS);
  const [latest = NONE, ...earlier] = shifted;
  const counted = { runs: latest.runs + 1, failures: latest.failures + (failed ? 1 : 0) };
  const text = [counted, ...earlier].map(({ runs, failures }) =>
    failures > 0 ? `${runs}.${failures}` : runs > 0 ? String(runs) : '',
  );
  return `${now.toString(36)}|${text.join(',').replace(/,+$/, '')}`;
}

/** Of the last hour before `now`, rounded up to whole blocks of five minutes. */
export function lastHour(activity: string, now: number): Activity {
  const { newest, blocks } = parse(activity);
  const from = Math.floor((now - HOUR_MS) / BLOCK_MS);
  return blocks
    .filter((_, age) => newest - age >= from)
    .reduce((sum, block) => ({ runs: sum.runs + block.runs, failures: sum.failures + block.failures }), NONE);
}

const NONE: Activity = { runs: 0, failures: 0 };

function parse(activity: string): { readonly newest: number; readonly blocks: readonly Activity[] } {
  const [newest = '', blocks = ''] = activity.split('|');
  return {
    newest: newest === '' ? 0 : Number.parseInt(newest, 36),
    blocks: blocks.split(',').map((block) => {
      const [runs = '', failures = ''] = block.split('.');
      return { runs: Number(runs), failures: Number(failures) };
    }),
  };
}
